package io.pneuma.layers;

import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/** An activation that Deeplearning4j has not, or only approximately. */
public final class Pointwise extends MapLayer {
  private static final long serialVersionUID = 1;

  private Kind kind;

  /** Which one. */
  public enum Kind {
    /**
     * x/2 (1 + erf(x/sqrt(2))): Hendrycks and Gimpel, "Gaussian Error Linear Units" (2016).
     * Deeplearning4j's two are approximations, apart by up to 0.02 and 0.0005.
     */
    GELU,
    /**
     * x min(max(x + 3, 0), 6)/6: Howard et al., "Searching for MobileNetV3" (2019), section 5.2.
     */
    HARD_SWISH
  }

  /** For deserialisation. */
  public Pointwise() {}

  /** Applies an activation to each value. */
  public Pointwise(Kind kind) {
    this.kind = kind;
  }

  /** Which activation. */
  public Kind getKind() {
    return kind;
  }

  /** For deserialisation. */
  public void setKind(Kind kind) {
    this.kind = kind;
  }

  @Override
  public SDVariable defineLayer(
      SameDiff sd, SDVariable maps, Map<String, SDVariable> params, SDVariable mask) {
    return switch (kind) {
      case GELU -> maps.mul(0.5).mul(sd.math.erf(maps.mul(Math.sqrt(0.5))).add(1));
      case HARD_SWISH ->
          maps.mul(sd.nn.relu(maps.add(3), 0).sub(sd.nn.relu(maps.sub(3), 0)).div(6));
    };
  }
}
