package io.pneuma.weights;

import io.pneuma.weights.PickleNames.Global;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import net.razorvine.pickle.Opcodes;
import net.razorvine.pickle.PickleUtils;
import net.razorvine.pickle.Unpickler;

/**
 * Reads a pickle that torch wrote. Two lists are closed: the operations, in {@link #dispatch}, and
 * the names, in {@link PickleNames}. The library does those operations that only move plain values;
 * those that name, make or fill anything are done here, so its own constructors are never reached.
 */
final class TorchUnpickler extends Unpickler {
  private final TorchValues values;

  TorchUnpickler(TorchValues values) {
    this.values = values;
  }

  /** Reads the pickle at the buffer's position, and leaves the position behind it. */
  Object read(ByteBuffer pickle) throws WeightsException {
    PickleInput counted = new PickleInput(pickle);
    try {
      return load(counted);
    } catch (WeightsException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new WeightsException(
          values.bytes().file(),
          "has a damaged pickle: "
              + e.getClass().getSimpleName()
              + " at its byte "
              + counted.position()
              + "; was it downloaded whole?",
          e);
    }
  }

  @Override
  public Object load(InputStream stream) throws IOException {
    memo.clear();
    return super.load(stream);
  }

  @Override
  protected Object dispatch(short operation) throws IOException {
    values.charge(1);
    switch (operation) {
      case Opcodes.PROTO, Opcodes.FRAME, Opcodes.STOP, Opcodes.MARK -> {
        return super.dispatch(operation);
      }
      case Opcodes.NONE, Opcodes.NEWTRUE, Opcodes.NEWFALSE -> {
        return super.dispatch(operation);
      }
      case Opcodes.BININT, Opcodes.BININT1, Opcodes.BININT2, Opcodes.BINFLOAT -> {
        return super.dispatch(operation);
      }
      case Opcodes.EMPTY_TUPLE, Opcodes.TUPLE1, Opcodes.TUPLE2, Opcodes.TUPLE3, Opcodes.TUPLE -> {
        return super.dispatch(operation);
      }
      case Opcodes.BINPUT, Opcodes.LONG_BINPUT, Opcodes.MEMOIZE -> {
        return super.dispatch(operation);
      }
      case Opcodes.BINGET, Opcodes.LONG_BINGET, Opcodes.EMPTY_LIST, Opcodes.APPEND -> {
        return super.dispatch(operation);
      }
      case Opcodes.LONG1,
          Opcodes.SHORT_BINSTRING,
          Opcodes.SHORT_BINBYTES,
          Opcodes.SHORT_BINUNICODE -> {
        return counted(operation, Byte.BYTES);
      }
      case Opcodes.BINSTRING, Opcodes.BINBYTES, Opcodes.BINUNICODE -> {
        return counted(operation, Integer.BYTES);
      }
      case Opcodes.GLOBAL -> stack.add(readName());
      case Opcodes.STACK_GLOBAL -> {
        String name = values.as(String.class, stack.pop());
        stack.add(values.find(values.as(String.class, stack.pop()), name));
      }
      case Opcodes.INST ->
          stack.add(values.make(readName(), stack.pop_all_since_marker().toArray()));
      case Opcodes.REDUCE, Opcodes.NEWOBJ -> {
        Object[] arguments = values.as(Object[].class, stack.pop());
        stack.add(values.make(values.as(Global.class, stack.pop()), arguments));
      }
      case Opcodes.BUILD -> values.build(stack.pop(), stack.peek());
      case Opcodes.BINPERSID ->
          stack.add(values.persistent(values.as(Object[].class, stack.pop())));
      case Opcodes.EMPTY_DICT -> stack.add(new LinkedHashMap<>(0)); // The library's has no order.
      case Opcodes.SETITEM -> {
        Object value = stack.pop();
        Object key = stack.pop();
        values.put(values.as(Map.class, stack.peek()), key, value);
      }
      case Opcodes.SETITEMS -> {
        List<Object> items = stack.pop_all_since_marker();
        for (int i = 0; i < items.size(); i += 2) {
          values.put(values.as(Map.class, stack.peek()), items.get(i), items.get(i + 1));
        }
      }
      case Opcodes.APPENDS -> { // The library would copy the whole list each time.
        List<Object> items = stack.pop_all_since_marker();
        values.asList(stack.peek()).addAll(items);
      }
      case Opcodes.EMPTY_SET -> stack.add(new LinkedHashSet<>(0));
      case Opcodes.ADDITEMS -> {
        List<Object> members = stack.pop_all_since_marker();
        values.addAll(stack.peek(), members);
      }
      default ->
          throw values.refused(
              "has a pickle with the operation " + operation + ", which torch never writes");
    }
    return NO_RETURN_VALUE;
  }

  private Global readName() throws IOException {
    String module = PickleUtils.readline(input);
    return values.find(module, PickleUtils.readline(input));
  }

  /** The library makes room for as many bytes as are announced, so these must be there. */
  private Object counted(short operation, int width) throws IOException {
    if (!((PickleInput) input).holdsCounted(width)) {
      throw values.refused("has a pickle that ends within a text or a number");
    }
    return super.dispatch(operation);
  }
}
