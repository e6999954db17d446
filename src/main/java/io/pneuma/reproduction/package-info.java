/** The paper's table 2, and its open question of how many backbones are worth it. */
package io.pneuma.reproduction;
