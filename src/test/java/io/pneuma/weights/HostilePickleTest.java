package io.pneuma.weights;

import static io.pneuma.weights.TorchBytes.PROTOCOL;
import static io.pneuma.weights.TorchBytes.dictOf;
import static io.pneuma.weights.TorchBytes.integer;
import static io.pneuma.weights.TorchBytes.tensor;
import static io.pneuma.weights.TorchBytes.text;
import static io.pneuma.weights.TorchBytes.tuple;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import net.razorvine.pickle.Unpickler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pickles that would run something, or cost more than their size. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostilePickleTest {
  private static final Path FILE = Path.of("x.pth");
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Names of Python's and torch's, and those that the library would make by itself. */
  static List<String> unlisted() {
    return List.of(
        "os system",
        "posix system",
        "nt system",
        "subprocess Popen",
        "builtins eval",
        "builtins exec",
        "builtins getattr",
        "builtins ValueError",
        "builtins bytearray",
        "builtins complex",
        "__builtin__ print",
        "__builtin__ bytearray",
        "copy_reg _reconstructor",
        "copyreg _reconstructor",
        "operator attrgetter",
        "decimal Decimal",
        "datetime datetime",
        "pytz timezone",
        "array array",
        "exceptions OSError",
        "torch load",
        "torch.hub load",
        "torch._utils _rebuild_device_tensor_from_numpy",
        "torch.nn.modules.conv Conv3d",
        "io.pneuma.Main main",
        " ");
  }

  @ParameterizedTest
  @MethodSource("unlisted")
  void whatIsNotListedIsRefusedByNameWhicheverWayItIsNamed(String name) {
    String module = name.substring(0, name.indexOf(' '));
    String member = name.substring(name.indexOf(' ') + 1);
    List<String> ways = new ArrayList<>();
    for (String naming :
        new String[] {
          "c" + module + "\n" + member + "\n",
          text(module) + text(member) + "\u0093",
          "\u008c\0" + text(module) + text(member) + "\u0093",
          "(" + text("id") + "i" + module + "\n" + member + "\n",
        }) {
      ways.add(naming);
      ways.add(naming + text("touch hacked") + "\u0085R");
      ways.add(naming + text("touch hacked") + "\u0085\u0081");
      ways.add(naming + "}" + text("a") + text("b") + "sb");
      ways.add("ccollections\nOrderedDict\n)R" + naming + "b");
      ways.add("(" + text("module") + naming + text("x.py") + text("import os") + "tQ");
    }
    for (String way : ways) {
      String expected = "x.pth: refuses " + module + "." + member + ": it is not on the list";
      assertTrue(refusal(zip(PROTOCOL + way + ".")).startsWith(expected), way);
      assertTrue(refusal(legacy(PROTOCOL + way + ".")).startsWith(expected), way);
    }
  }

  @Test
  void aConstructorThatTheLibraryKnowsIsNotReached() {
    AtomicBoolean reached = new AtomicBoolean();
    Unpickler.registerConstructor(
        "pneuma.test",
        "hostile",
        arguments -> {
          reached.set(true);
          return "reached";
        });
    assertTrue(
        refusal(zip(PROTOCOL + "cpneuma.test\nhostile\n)R."))
            .contains("refuses pneuma.test.hostile"));
    assertFalse(reached.get());
  }

  @Test
  void aLongNameIsShownBrieflyAndOnOneLine() {
    String message = refusal(zip(PROTOCOL + text("a\nb") + text("x".repeat(100_000)) + "\u0093."));
    assertTrue(message.startsWith("x.pth: refuses a\\nb.xxx"), message);
    assertTrue(message.length() < 400, message);
  }

  /**
   * INT, LONG, FLOAT, STRING, UNICODE, PUT, GET, PERSID, POP, DUP, LIST, DICT, OBJ, EXT and so on.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "I1\n",
        "L1L\n",
        "F1\n",
        "S'a'\n",
        "Va\n",
        "Np0\n",
        "g0\n",
        "P1\n",
        "N0",
        "(1",
        "N2",
        "(l",
        "(d",
        "(o",
        "\u0082\1",
        "\u0083\1\0",
        "\u0084\1\0\0\0",
        "\u008b\0\0\0\0",
        "\u0092",
        "\u008d\0\0\0\0\0\0\0\0",
        "\u008e\0\0\0\0\0\0\0\0",
        "(\u0091",
        "\u0096\0\0\0\0\0\0\0\0",
        "\u0097",
        "\u0098",
        "\0",
        "\u00ff"
      })
  void operationsThatTorchNeverWritesAreRefused(String operation) {
    String message = refusal(zip(PROTOCOL + operation + "."));
    assertTrue(message.contains(", which torch never writes"), message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".",
        "R.",
        "b.",
        "s.",
        "e.",
        "u.",
        "t.",
        "Q.",
        "q\0.",
        "h\0.",
        "j\u00ff\u00ff\u00ff\u00ff.",
        "\u0085.",
        "(.",
        "N)R.",
        "])\u0081.",
        "Nb.",
        "K\1K\2b.",
        "NNNs.",
        "](NNu.",
        "}(Nu.",
        "}Na.",
        "}(Ne.",
        "N(N\u0090.",
        "NQ.",
        ")Q.",
        "(NNNNNtQ.",
        "\u0080\t.",
        "\u0095\1",
        "J\1",
        "G\1",
        "ctorch\nSize\n)R.",
        "ctorch._utils\n_rebuild_tensor_v2\n)R.",
        "ctorch._utils\n_rebuild_parameter\nN\u0085R.",
        "ctorch\nFloatStorage\n)R.",
        "c__builtin__\nset\nK\1\u0085R.",
        "ccollections\nOrderedDict\n](K\1e\u0085R.",
        "ctorch",
        "ctorch\nSize",
        "X\5\0\0\0a",
        "\u008c\5a",
        "\u008a\5a"
      })
  void brokenOperationsAreRefused(String pickle) {
    refusal(zip(PROTOCOL + pickle));
    refusal(legacy(PROTOCOL + pickle));
  }

  @Test
  void lengthsBeyondThePickleTakeNoMemory() {
    for (String operation : new String[] {"X", "T", "B"}) {
      for (int length : new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE - 8, -1, 1 << 30, 2}) {
        String message = cheapRefusal(zip(PROTOCOL + operation + integer(length) + "."), 1_000_000);
        assertEquals("x.pth: has a pickle that ends within a text or a number", message);
      }
    }
  }

  @Test
  void aPickleThatOnlyMakesObjectsIsStopped() {
    String message = cheapRefusal(zip(PROTOCOL + "}".repeat(1_100_000)), 300_000_000);
    assertTrue(message.startsWith("x.pth: has a pickle of more than 1000000 operations"), message);
    cheapRefusal(zip(PROTOCOL + "]".repeat(1_100_000)), 300_000_000);
    cheapRefusal(zip(PROTOCOL + "(".repeat(1_100_000)), 100_000_000);
    cheapRefusal(zip(PROTOCOL + "N" + "\u0094".repeat(1_100_000)), 300_000_000);
  }

  @Test
  void aLongListUsedAgainAndAgainIsStopped() {
    StringBuilder list = new StringBuilder("](");
    for (int i = 0; i < 20_000; i++) {
      list.append("](").append(TorchBytes.number(i)).append("Ne");
    }
    list.append("e\u0094").append("ccollections\nOrderedDict\nh\0\u0085R".repeat(10_000));
    assertTrue(cheapRefusal(zip(PROTOCOL + list + "."), 200_000_000).contains("operations"));
    String set = "](" + "K\1".repeat(50_000) + "e\u0094c__builtin__\nset\nh\0\u0085R";
    assertTrue(
        cheapRefusal(
                zip(PROTOCOL + set + "c__builtin__\nset\nh\0\u0085R".repeat(10_000) + "."),
                100_000_000)
            .contains("operations"));
  }

  @Test
  void aListThatGrowsByOneEachTimeCostsNoSquare() {
    String grown = "]" + "(Ne".repeat(300_000) + ".";
    assertTrue(
        cheapRefusal(zip(PROTOCOL + grown), 300_000_000)
            .endsWith("expected a state dict or a module"));
  }

  @Test
  void deepNestingIsNoTrouble() {
    assertTrue(
        refusal(zip(PROTOCOL + "N" + "\u0085".repeat(900_000) + ".")).contains("holds a list"));
    String lists = "]".repeat(300_000) + "a".repeat(299_999) + ".";
    assertTrue(refusal(zip(PROTOCOL + lists)).contains("holds a list"));
  }

  @Test
  void whatHoldsItselfIsNoKey() {
    for (String container : new String[] {"]\u0094h\0a", "}\u0094", "\u008f\u0094"}) {
      String message = refusal(zip(PROTOCOL + "}" + container + "Ns."));
      assertEquals("x.pth: has a list, set or dict for a key", message);
    }
    String long1 = text("k".repeat(1001));
    assertTrue(
        refusal(zip(PROTOCOL + "}" + long1 + "Ns."))
            .startsWith("x.pth: has a key of 1001 characters"));
    assertEquals(
        "x.pth: has the key \"a\" twice in one dict",
        refusal(zip(PROTOCOL + "}(" + text("a") + "N" + text("a") + "Nu.")));
  }

  @Test
  void modulesThatHoldThemselvesAreRefused() {
    String module = "ctorch.nn.modules.linear\nLinear\n)\u0081\u0094";
    String parts = text("_parameters") + "}" + text("_buffers") + "}" + text("_modules");
    String itself = module + "}(" + parts + "}" + text("a") + "h\0s" + "ub.";
    assertEquals(
        "x.pth: has modules within modules, more than 64 deep", refusal(zip(PROTOCOL + itself)));

    StringBuilder tower = new StringBuilder(PROTOCOL + "N\u0094");
    for (int i = 0; i < 60; i++) { // Each holds the one before it twice.
      String below = i == 0 ? "N" : "h" + (char) i;
      tower.append(module).append("}(").append(parts);
      tower.append("}(").append(text("a")).append(below).append(text("b")).append(below);
      tower.append("uub");
    }
    assertTrue(
        cheapRefusal(zip(tower + "."), 100_000_000)
            .startsWith("x.pth: has more or longer names of modules than any network"));
  }

  @ParameterizedTest
  @MethodSource("tensors")
  void tensorsBeyondTheirStorageAreRefused(String tensor) {
    String zipped = refusal(zip(dictOf(tensor)));
    String legacy = refusal(legacy(dictOf(tensor)));
    assertEquals(zipped, legacy);
  }

  /** All with a storage of four floats. */
  static List<String> tensors() {
    long most = Long.MAX_VALUE;
    return List.of(
        tensor(0, tuple(5), tuple(1), 4),
        tensor(1, tuple(4), tuple(1), 4),
        tensor(4, tuple(1), tuple(1), 4),
        tensor(-1, tuple(1), tuple(1), 4),
        tensor(0, tuple(2, 2), tuple(3, 1), 4),
        tensor(0, tuple(2, 2), tuple(2, -1), 4),
        tensor(0, tuple(2), tuple(4), 4),
        tensor(0, tuple(1000), tuple(0), 4),
        tensor(0, tuple(1L << 32, 1L << 32), tuple(0, 0), 4),
        tensor(0, tuple(most, 2), tuple(1, 1), 4),
        tensor(0, tuple(2, 2), tuple(most, most), 4),
        tensor(most, tuple(2), tuple(1), 4),
        tensor(0, tuple(-1), tuple(1), 4),
        tensor(0, tuple(-2, -2), tuple(1, 1), 4),
        tensor(0, tuple(2, 2), tuple(1), 4),
        tensor(0, tuple(new long[65]), tuple(new long[65]), 4),
        tensor(0, tuple(1), tuple(1), most),
        tensor(0, tuple(1), tuple(1), 1L << 61),
        tensor(0, tuple(1), tuple(1), -1),
        tensor(0, "N", tuple(1), 4),
        tensor(0, "(Nt", tuple(1), 4),
        tensor(0, "(G" + "\0".repeat(8) + "t", tuple(1), 4));
  }

  @Test
  void storagesOfAnotherSizeThanAnnouncedAreRefused() {
    String three = dictOf(tensor(0, tuple(1), tuple(1), 3));
    assertEquals(
        "x.pth: announces 12 bytes for the storage \"0\", whose zip entry has 16",
        refusal(zip(three)));
    assertEquals(
        "x.pth: announces 3 elements for the storage \"0\", which has 4", refusal(legacy(three)));
    String odd = "../../etc/passwd";
    String elsewhere =
        "ctorch._utils\n_rebuild_tensor_v2\n("
            + TorchBytes.storage("FloatStorage", odd, 1)
            + ("K\0" + tuple(1) + tuple(1) + "tR");
    assertEquals(
        "x.pth: has no zip entry \"archive/data/" + odd + "\"", refusal(zip(dictOf(elsewhere))));
  }

  private static byte[] zip(String pickle) {
    return TorchBytes.zip(pickle, new byte[16]);
  }

  private static byte[] legacy(String pickle) {
    return TorchBytes.legacy(pickle, 4, new byte[16]);
  }

  private static String refusal(byte[] file) {
    MemoryBytes bytes = new MemoryBytes(FILE, file);
    String message = assertThrows(WeightsException.class, bytes::readTorch).getMessage();
    assertTrue(message.startsWith("x.pth: "), message);
    assertEquals(1, message.lines().count(), message);
    return message;
  }

  private static String cheapRefusal(byte[] file, long mostBytes) {
    long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
    String message = refusal(file);
    long allocated = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    assertTrue(allocated < mostBytes, allocated + " bytes for: " + message);
    return message;
  }
}
