/**
 * What may be wrong with a folder of labelled images: pictures that stand in it twice, pictures of
 * something else, labels that are probably wrong, and traits without anatomy that tell the classes.
 * The command line calls it; it trains no network.
 */
package io.pneuma.audit;
