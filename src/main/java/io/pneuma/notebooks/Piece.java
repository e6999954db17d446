package io.pneuma.notebooks;

import java.util.ArrayList;
import java.util.List;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Node;
import org.commonmark.node.SourceSpan;
import org.commonmark.parser.IncludeSourceSpans;
import org.commonmark.parser.Parser;

/**
 * A piece of a walk-through.
 *
 * @param code Java to execute; else Markdown
 * @param text without what fences it
 * @param line of the file where the text begins, from 1
 * @param alt what stands behind {@code java} on the fence: what the cell's picture shows
 */
record Piece(boolean code, String text, int line, String alt) {
  private static final String LANGUAGE = "java";

  /** The pieces of a Markdown file, in which each fence of Java on the top level is a cell. */
  static List<Piece> of(String markdown) {
    List<String> lines = markdown.lines().toList();
    List<Piece> pieces = new ArrayList<>();
    int next = 0;
    Node document =
        Parser.builder().includeSourceSpans(IncludeSourceSpans.BLOCKS).build().parse(markdown);
    for (Node node = document.getFirstChild(); node != null; node = node.getNext()) {
      if (node instanceof FencedCodeBlock block
          && (block.getInfo() + " ").startsWith(LANGUAGE + " ")) {
        List<SourceSpan> spans = block.getSourceSpans();
        int fence = spans.get(0).getLineIndex();
        addText(pieces, lines, next, fence);
        String alt = block.getInfo().substring(LANGUAGE.length()).strip();
        pieces.add(new Piece(true, block.getLiteral().stripTrailing(), fence + 2, alt));
        next = spans.get(spans.size() - 1).getLineIndex() + 1;
      }
    }
    addText(pieces, lines, next, lines.size());
    return List.copyOf(pieces);
  }

  private static void addText(List<Piece> pieces, List<String> lines, int from, int to) {
    String text = String.join("\n", lines.subList(from, to)).strip();
    if (!text.isEmpty()) {
      pieces.add(new Piece(false, text, from + 1, ""));
    }
  }
}
