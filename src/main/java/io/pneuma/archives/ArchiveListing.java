package io.pneuma.archives;

import io.pneuma.images.DatasetException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.commons.text.StringEscapeUtils;

/** The files of an archive by their path below its top folder, every name checked. */
final class ArchiveListing {
  private static final int MOST_ENTRIES = 200_000;
  private static final int LONGEST_NAME = 1000;
  private static final int LONGEST_SHOWN = 100;

  /** The kind of a file in a Unix mode, and the two kinds that are unpacked. */
  private static final int KIND = 0170000;

  private static final Set<Integer> PLAIN_KINDS = Set.of(0, 0100000, 0040000);

  private final Path archive;
  private final String topFolder;
  private final UnaryOperator<String> placing;

  ArchiveListing(Path archive, String topFolder, UnaryOperator<String> placing) {
    this.archive = archive;
    this.topFolder = topFolder;
    this.placing = placing;
  }

  /** The files to unpack, in the archive's order; what macOS adds is left out. */
  Map<String, ZipArchiveEntry> files(ZipFile zip) throws DatasetException {
    Map<String, ZipArchiveEntry> files = new LinkedHashMap<>();
    Set<String> folders = new HashSet<>();
    Set<String> names = new HashSet<>();
    int count = 0;
    for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
      if (++count > MOST_ENTRIES) {
        throw new DatasetException(archive + ": has more than " + MOST_ENTRIES + " entries");
      }
      List<String> parts = parts(entry);
      if (parts.get(0).equals("__MACOSX") || parts.get(parts.size() - 1).equals(".DS_Store")) {
        continue;
      }
      int inside = topFolder.isEmpty() ? 0 : 1;
      if (inside == 1 && !parts.get(0).equals(topFolder)) {
        throw refused(entry, "is not in " + topFolder + "/");
      }
      if (entry.isDirectory()) {
        continue;
      }
      if (!zip.canReadEntryData(entry)) {
        throw refused(entry, "is encrypted or packed by an unknown method");
      }
      if (parts.size() == inside) {
        throw refused(entry, "is a file; expected a folder");
      }
      String path = placing.apply(String.join("/", parts.subList(inside, parts.size())));
      // Lower case, since some file systems take two names that differ in case for one.
      if (!names.add(path.toLowerCase(Locale.ROOT))) {
        throw refused(entry, "is there twice");
      }
      for (int slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
        folders.add(path.substring(0, slash).toLowerCase(Locale.ROOT));
      }
      files.put(path, entry);
    }
    names.retainAll(folders);
    if (!names.isEmpty()) {
      throw new DatasetException(
          archive + ": " + shown(names.iterator().next()) + " is a file and a folder");
    }
    return files;
  }

  private List<String> parts(ZipArchiveEntry entry) throws DatasetException {
    String name = entry.getName();
    if (!PLAIN_KINDS.contains(entry.getUnixMode() & KIND)) {
      throw refused(entry, "is a link or a device");
    }
    boolean odd = name.chars().anyMatch(c -> c == '\\' || c == ':' || Character.isISOControl(c));
    List<String> parts = List.of((entry.isDirectory() ? name : name + "/").split("/"));
    boolean climbs = parts.stream().anyMatch(p -> p.isEmpty() || p.equals(".") || p.equals(".."));
    if (odd || climbs || parts.isEmpty() || name.length() > LONGEST_NAME) {
      throw refused(entry, "has a name that could lead out of the folder");
    }
    return parts;
  }

  private DatasetException refused(ZipArchiveEntry entry, String problem) {
    return new DatasetException(
        archive + ": the entry " + shown(entry.getName()) + " " + problem + "; nothing unpacked");
  }

  private static String shown(String name) {
    boolean tooLong = name.length() > LONGEST_SHOWN;
    String start = tooLong ? name.substring(0, LONGEST_SHOWN) + "..." : name;
    return '"' + StringEscapeUtils.escapeJava(start) + '"';
  }
}
