package io.pneuma.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.config.Recipe;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatientRuleTest {
  @ParameterizedTest
  @CsvSource({
    "person7_bacteria_24.jpeg, person7",
    "person7_virus_11.jpeg, person7",
    "person7_virus_11_1.jpeg, person7",
    "person70_virus_11.jpeg, person70",
    "person3_phantom_1.png, person3",
    "IM-0115-0001.jpeg, IM-0115",
    "IM-0115-0001-0002.jpeg, IM-0115",
    "NORMAL2-IM-0115-0001.jpeg, IM-0115",
    "NORMAL2-IM-1427-0001-0003.jpeg, IM-1427",
  })
  void builtInRuleReadsKermanyNames(String name, String patient) {
    assertEquals(patient, PatientRule.of(Recipe.PATIENT).patient(name));
  }

  @ParameterizedTest
  @CsvSource({"scan_17.png", "person_7.png", "xperson7_1.png", "IM-.jpeg"})
  void builtInRuleMatchesNothingElse(String name) {
    assertEquals(Optional.empty(), PatientRule.of(Recipe.PATIENT).find(name));
  }

  @Test
  void firstGroupOfARegularExpressionIsThePatient() {
    PatientRule rule = PatientRule.of("p(\\d+)-(\\d+)");

    assertEquals("12", rule.patient("scan_p12-3.png"));
  }

  @Test
  void anEmptyGroupIsNoPatient() {
    assertEquals(Optional.empty(), PatientRule.of("^(\\d*)").find("scan.png"));
    assertEquals(Optional.empty(), PatientRule.of("(\\d)?scan").find("scan.png"));
  }

  @Test
  void unmatchedNameIsNamed() {
    Exception e =
        assertThrows(
            IllegalArgumentException.class,
            () -> PatientRule.of(Recipe.PATIENT).patient("scan.png"));

    assertTrue(e.getMessage().contains("scan.png"), e.getMessage());
  }
}
