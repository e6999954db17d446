package io.pneuma.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each rule of the format, broken on its own. In these headers ' stands for ". */
class SafetensorsRulesTest {
  private static final byte[] FOUR_BYTES = new byte[4];

  @TempDir Path temporary;

  /**
   * Columns: the header of a file with a buffer of four bytes, and the message without the file.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          []                                                                  | the header does not begin with {
          ` {}`                                                               | the header does not begin with {
          {                                                                   | the header is not JSON: Unexpected end-of-input
          {'w'}                                                               | the header is not JSON: Unexpected character ('}'
          {} {}                                                               | the header goes on after its closing }
          {} x                                                                | the header is not JSON: Unrecognized token 'x'
          {'w':[]}                                                            | tensor "w" must be an object
          {'w':null}                                                          | tensor "w" must be an object
          {'w':{}}                                                            | tensor "w" has no dtype
          {'w':{'dtype':'F32'}}                                               | tensor "w" has no shape
          {'w':{'dtype':'F32','shape':[1]}}                                   | tensor "w" has no data_offsets
          {'w':{'dtype':'F32','shape':[1],'data_offsets':[0,4],'x':1}}        | tensor "w" has the unknown field "x"
          {'w':{'dtype':'F32','shape':[1],'shape':[1],'data_offsets':[0,4]}}  | tensor "w" has shape twice
          {'w':{'dtype':'F32','dtype':'F32','shape':[1],'data_offsets':[0,4]}}| tensor "w" has dtype twice
          {'w':{'dtype':'F31','shape':[1],'data_offsets':[0,4]}}              | tensor "w" has the unknown dtype "F31"; known: [BOOL,
          {'w':{'dtype':'f32','shape':[1],'data_offsets':[0,4]}}              | tensor "w" has the unknown dtype "f32"
          {'w':{'dtype':1,'shape':[1],'data_offsets':[0,4]}}                  | tensor "w" dtype must be a string
          {'w':{'dtype':'F32','shape':1,'data_offsets':[0,4]}}                | tensor "w" shape must be a list of whole numbers
          {'w':{'dtype':'F32','shape':['1'],'data_offsets':[0,4]}}            | tensor "w" shape must be a list of whole numbers
          {'w':{'dtype':'F32','shape':[1.0],'data_offsets':[0,4]}}            | tensor "w" shape must be a list of whole numbers
          {'w':{'dtype':'F32','shape':[[1]],'data_offsets':[0,4]}}            | the header is not JSON: Document nesting depth
          {'w':{'dtype':'F32','shape':[null],'data_offsets':[0,4]}}           | tensor "w" shape must be a list of whole numbers
          {'w':{'dtype':'F32','shape':[-1],'data_offsets':[0,4]}}             | tensor "w" shape holds the negative number -1
          {'w':{'dtype':'F32','shape':[9223372036854775808],'data_offsets':[0,4]}} | tensor "w" shape holds "9223372036854775808", beyond 64 bits
          {'w':{'dtype':'F32','shape':[4294967296,4294967296],'data_offsets':[0,4]}} | tensor "w" has a shape whose size overflows 64 bits
          {'w':{'dtype':'F32','shape':[2305843009213693952],'data_offsets':[0,4]}} | tensor "w" has a shape whose size overflows 64 bits
          {'w':{'dtype':'F32','shape':[2],'data_offsets':[0,4]}}              | tensor "w" needs 8 bytes by dtype and shape, but has 4
          {'w':{'dtype':'F64','shape':[1],'data_offsets':[0,4]}}              | tensor "w" needs 8 bytes by dtype and shape, but has 4
          {'w':{'dtype':'F32','shape':[1],'data_offsets':[0]}}                | tensor "w" has data_offsets [0]; expected a begin and an end
          {'w':{'dtype':'F32','shape':[1],'data_offsets':[0,4,8]}}            | tensor "w" has data_offsets [0, 4, 8]; expected a begin and an end
          {'w':{'dtype':'F32','shape':[1],'data_offsets':[4,0]}}              | tensor "w" has data_offsets [4, 0]; expected a begin and an end
          {'w':{'dtype':'F32','shape':[1],'data_offsets':[-4,0]}}             | tensor "w" data_offsets holds the negative number -4
          {'w':{'dtype':'F32','shape':[1],'data_offsets':[0.0,4]}}            | tensor "w" data_offsets must be a list of whole numbers
          {'w':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}              | tensor "w" ends at byte 8 of a buffer of 4
          {'w':{'dtype':'U8','shape':[3],'data_offsets':[1,4]}}               | tensor "w" begins after a hole of 1 bytes
          {'w':{'dtype':'U8','shape':[3],'data_offsets':[0,3]}}               | 1 bytes at the file's end belong to no tensor
          {}                                                                  | 4 bytes at the file's end belong to no tensor
          {'a':{'dtype':'U8','shape':[1],'data_offsets':[0,1]},'b':{'dtype':'U8','shape':[2],'data_offsets':[2,4]}} | tensor "b" begins after a hole of 1 bytes
          {'a':{'dtype':'U8','shape':[3],'data_offsets':[0,3]},'b':{'dtype':'U8','shape':[2],'data_offsets':[2,4]}} | tensor "b" overlaps the tensor before it
          {'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | tensor "b" overlaps the tensor before it
          {'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | the header has the key "a" twice
          {'\\u0061':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | the header has the key "a" twice
          {'__metadata__':[],'w':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | tensor "__metadata__" must be an object of strings
          {'__metadata__':{'n':1},'w':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | tensor "__metadata__" "n" must be a string
          {'__metadata__':{'n':'1','n':'2'},'w':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | the header has the key "n" twice in __metadata__
          {'__metadata__':{},'__metadata__':{},'w':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | the header has the key "__metadata__" twice
          """)
  void isRefusedByName(String header, String problem) {
    refuses(SafetensorsBytes.of(header.replace('\'', '"'), FOUR_BYTES), problem);
  }

  @Test
  void aHeaderLongerThanAllowedIsRefusedUnread() {
    refuses(
        SafetensorsBytes.withLength(100_000_001, new byte[0]),
        "is no safetensors file: announces a header of 100000001 bytes; at most 100000000");
    refuses(
        SafetensorsBytes.withLength(-1, new byte[0]),
        "is no safetensors file: announces a header of 18446744073709551615 bytes");
  }

  @Test
  void aHeaderBeyondTheFileIsRefused() {
    refuses(
        SafetensorsBytes.withLength(3, "{}".getBytes(StandardCharsets.UTF_8)),
        "announces a header of 3 bytes but ends after 2; was it downloaded whole?");
  }

  @Test
  void aHeaderOfNothingIsRefused() {
    refuses(SafetensorsBytes.of(""), "the header does not begin with {");
    refuses(new byte[0], "is no safetensors file: has 0 bytes");
  }

  @Test
  void otherEncodingsThanUtf8AreRefused() {
    byte[] latin1 = "{\"\u00e9\":{}}".getBytes(StandardCharsets.ISO_8859_1);
    refuses(SafetensorsBytes.of(latin1), "the header is not UTF-8");
    byte[] overlong = {'{', '"', (byte) 0xc0, (byte) 0x80, '"', ':', '{', '}', '}'};
    refuses(SafetensorsBytes.of(overlong), "the header is not UTF-8");
    byte[] utf16 = "{}".getBytes(StandardCharsets.UTF_16LE);
    refuses(SafetensorsBytes.of(utf16), "the header is not JSON");
  }

  @Test
  void deepNestingIsRefused() {
    String deep = "{\"w\":".repeat(100_000);
    refuses(SafetensorsBytes.of(deep), "tensor \"w\" has the unknown field \"w\"");
    String lists = "{\"w\":{\"shape\":" + "[".repeat(100_000);
    refuses(SafetensorsBytes.of(lists), "the header is not JSON: Document nesting depth (4)");
  }

  @Test
  void aLongOrWildKeyIsShownBriefly() {
    String key = "a\\n\\u001b" + "x".repeat(1000);
    byte[] file = SafetensorsBytes.of("{\"" + key + "\":1}");
    refuses(file, "tensor \"a\\n\\u001B" + "x".repeat(97) + "...\" must be an object");
  }

  @Test
  void everyTruncationIsRefused() {
    byte[] whole =
        SafetensorsBytes.of(
            "{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                + "\"b\":{\"dtype\":\"F16\",\"shape\":[2,1],\"data_offsets\":[4,8]}}  ",
            new byte[8]);
    for (int length = 0; length < whole.length; length++) {
      refuses(Arrays.copyOf(whole, length), "");
    }
  }

  private void refuses(byte[] file, String problem) {
    WeightsException refusal =
        assertThrows(WeightsException.class, () -> SafetensorsBytes.open(temporary, file));
    String start = temporary.resolve("x.safetensors") + ": " + problem;
    assertTrue(refusal.getMessage().startsWith(start), refusal.getMessage());
    assertEquals(1, refusal.getMessage().lines().count(), refusal.getMessage());
    assertTrue(Files.exists(temporary.resolve("x.safetensors")));
  }
}
