package io.pneuma.training;

import io.pneuma.features.BankFiller;

/** Who does the heavy work of a training. */
public interface Workforce {
  /** This machine. */
  Workforce HERE = () -> BankFiller.HERE;

  /** Computes what frozen backbones say of images. */
  BankFiller features();
}
