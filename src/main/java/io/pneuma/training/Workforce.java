package io.pneuma.training;

import io.pneuma.features.BankFiller;
import java.util.Optional;

/** Who does the heavy work of a training. */
public interface Workforce {
  /** This machine. */
  Workforce HERE = () -> BankFiller.HERE;

  /** Computes what frozen backbones say of images. */
  BankFiller features();

  /** Those who share minibatches where backbones learn; empty where this machine trains alone. */
  default Optional<EpochTrainer> epochs() {
    return Optional.empty();
  }
}
