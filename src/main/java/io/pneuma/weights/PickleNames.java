package io.pneuma.weights;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * All that a pickle of weights may name. None of it is Python's or torch's: each name stands for a
 * value of our own that holds data and does nothing. docs/decisions/pickle.md says why these.
 */
final class PickleNames {
  private static final Map<String, Global> LISTED = new HashMap<>();

  /** What a name stands for. */
  enum Kind {
    DICT,
    SET,
    SIZE,
    STORAGE,
    TENSOR,
    PARAMETER,
    /** Holds its state and nothing else: modules, and numbers that accompany weights. */
    OBJECT
  }

  /**
   * A listed name.
   *
   * @param dtype of a storage's elements; null for all else
   */
  record Global(String name, Kind kind, DType dtype) {}

  static {
    list(Kind.DICT, "collections.", "OrderedDict");
    list(Kind.SET, "builtins.", "set");
    list(Kind.SET, "__builtin__.", "set");
    list(Kind.SIZE, "torch.", "Size");
    list(Kind.TENSOR, "torch._utils.", "_rebuild_tensor", "_rebuild_tensor_v2");
    list(Kind.PARAMETER, "torch._utils.", "_rebuild_parameter");

    storage("DoubleStorage", DType.F64);
    storage("FloatStorage", DType.F32);
    storage("HalfStorage", DType.F16);
    storage("BFloat16Storage", DType.BF16);
    storage("LongStorage", DType.I64);
    storage("IntStorage", DType.I32);
    storage("ShortStorage", DType.I16);
    storage("CharStorage", DType.I8);
    storage("ByteStorage", DType.U8);
    storage("BoolStorage", DType.BOOL);

    list(Kind.OBJECT, "torch.", "device", "float64", "float32", "float16", "bfloat16");
    list(Kind.OBJECT, "torch.", "int64", "int32", "int16", "int8", "uint8", "bool");
    // Scalars and lists that numpy put into a checkpoint, such as the best accuracy.
    list(Kind.OBJECT, "numpy.", "dtype", "ndarray");
    list(Kind.OBJECT, "numpy.core.multiarray.", "scalar", "_reconstruct");
    list(Kind.OBJECT, "numpy._core.multiarray.", "scalar", "_reconstruct");
    list(Kind.OBJECT, "_codecs.", "encode");

    String modules = "torch.nn.modules.";
    list(Kind.OBJECT, modules + "conv.", "Conv2d");
    list(Kind.OBJECT, modules + "batchnorm.", "BatchNorm2d");
    list(Kind.OBJECT, modules + "activation.", "ReLU", "ReLU6", "Sigmoid");
    list(Kind.OBJECT, modules + "activation.", "Hardswish", "Hardsigmoid");
    list(Kind.OBJECT, modules + "linear.", "Linear", "Identity");
    list(Kind.OBJECT, modules + "pooling.", "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d");
    list(Kind.OBJECT, modules + "container.", "Sequential", "ModuleList", "ModuleDict");
    list(Kind.OBJECT, modules + "dropout.", "Dropout");
    list(Kind.OBJECT, modules + "flatten.", "Flatten");
    list(Kind.OBJECT, modules + "upsampling.", "Upsample");
    list(Kind.OBJECT, "torch.nn.parallel.data_parallel.", "DataParallel");

    String models = "torchvision.models.";
    list(Kind.OBJECT, models + "resnet.", "ResNet", "BasicBlock", "Bottleneck");
    for (String densenet :
        new String[] {models + "densenet.", "torchxrayvision.models."}) { // The same classes.
      list(Kind.OBJECT, densenet, "DenseNet", "_DenseBlock", "_DenseLayer", "_Transition");
    }
    list(Kind.OBJECT, models + "squeezenet.", "SqueezeNet", "Fire");
    for (String mobilenet : new String[] {"mobilenet.", "mobilenetv2."}) {
      list(Kind.OBJECT, models + mobilenet, "MobileNetV2", "InvertedResidual", "ConvBNReLU");
    }
    list(Kind.OBJECT, models + "mobilenetv3.", "MobileNetV3", "InvertedResidual");
    list(Kind.OBJECT, "torchvision.ops.misc.", "Conv2dNormActivation", "SqueezeExcitation");
  }

  private PickleNames() {}

  private static void storage(String name, DType dtype) {
    LISTED.put("torch." + name, new Global("torch." + name, Kind.STORAGE, dtype));
  }

  private static void list(Kind kind, String module, String... names) {
    for (String name : names) {
      LISTED.put(module + name, new Global(module + name, kind, null));
    }
  }

  static Optional<Global> named(String module, String name) {
    return Optional.ofNullable(LISTED.get(module + "." + name));
  }
}
