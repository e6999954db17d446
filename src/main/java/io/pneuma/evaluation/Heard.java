package io.pneuma.evaluation;

/**
 * How much a network listens to one of its backbones: what happens on validation when the backbone
 * sees another patient's image, its features being dealt anew among the images (permutation
 * importance, Breiman, "Random forests", 2001, section 10).
 *
 * @param backbone its name
 * @param moved mean share of the probability that moves to other classes, from 0 for a backbone
 *     that is not listened to
 * @param rocAuc of the network as it is
 * @param dealtRocAuc of the network with this backbone's features dealt anew
 */
public record Heard(String backbone, double moved, double rocAuc, double dealtRocAuc) {}
