/** A trained run as a service: a page, a call, KServe's protocol and metrics over HTTP. */
package io.pneuma.serving;
