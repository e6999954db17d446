/** What run directories tell, without their networks or images. */
package io.pneuma.report;
