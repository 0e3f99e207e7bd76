// Text to a flat list of syntax nodes. scripts/fetch-grammar compiles this file, the tree-sitter
// runtime and one grammar into a library of its own, so the program that opens it needs no header,
// no package and no struct of theirs: Sources/SyntaxTrees/Grammar.swift is the other side.
#include <stdint.h>
#include <stdlib.h>
#include <tree_sitter/api.h>

const TSLanguage *CRUCIBLE_LANGUAGE(void);

// Goes up when a signature or the layout of a node changes.
uint32_t crucible_grammar_version(void) { return 1; }

const char *crucible_grammar_kind(uint32_t symbol) {
  return ts_language_symbol_name(CRUCIBLE_LANGUAGE(), (TSSymbol)symbol);
}

// NULL for 0, which is no field.
const char *crucible_grammar_field(uint32_t field) {
  return field ? ts_language_field_name_for_id(CRUCIBLE_LANGUAGE(), (TSFieldId)field) : NULL;
}

void crucible_grammar_free(uint32_t *nodes) { free(nodes); }

enum { words_per_node = 6, is_named = 1, is_missing = 2, is_error = 4 };
enum { no_memory = -1, gave_up = -2, too_deep = -3 };

// A node: kind, field, first byte, byte past its last, depth, flags.
static void describe(const TSTreeCursor *cursor, uint32_t depth, uint32_t *words) {
  TSNode node = ts_tree_cursor_current_node(cursor);
  words[0] = ts_node_symbol(node);
  words[1] = ts_tree_cursor_current_field_id(cursor);
  words[2] = ts_node_start_byte(node);
  words[3] = ts_node_end_byte(node);
  words[4] = depth;
  words[5] = (ts_node_is_named(node) ? is_named : 0) | (ts_node_is_missing(node) ? is_missing : 0) |
             (ts_node_is_error(node) ? is_error : 0);
}

// Nodes of the tree below `cursor` in document order, parents first. The walk keeps no stack of
// its own: a text that nests a million brackets must not overflow ours.
static int64_t flatten(TSTreeCursor *cursor, uint32_t depth_limit, uint32_t **nodes) {
  size_t count = 0, room = 256;
  uint32_t depth = 0, *words = malloc(room * words_per_node * sizeof *words);
  while (words) {
    if (count == room) {
      room *= 2;
      uint32_t *grown = realloc(words, room * words_per_node * sizeof *words);
      if (!grown) break;
      words = grown;
    }
    describe(cursor, depth, words + words_per_node * count++);
    if (ts_tree_cursor_goto_first_child(cursor)) {
      if (++depth > depth_limit) {
        free(words);
        return too_deep;
      }
      continue;
    }
    while (!ts_tree_cursor_goto_next_sibling(cursor)) {
      if (!ts_tree_cursor_goto_parent(cursor)) {
        *nodes = words;
        return (int64_t)count;
      }
      depth--;
    }
  }
  free(words);
  return no_memory;
}

// The number of nodes, which `nodes` then points at (free them with crucible_grammar_free), or one
// of the negative codes above. `micros`: how long parsing may take.
int64_t crucible_grammar_parse(
    const char *text, uint32_t length, uint64_t micros, uint32_t depth_limit, uint32_t **nodes) {
  *nodes = NULL;
  TSParser *parser = ts_parser_new();
  if (!parser) return no_memory;
  int64_t result = gave_up;
  ts_parser_set_timeout_micros(parser, micros);
  TSTree *tree = ts_parser_set_language(parser, CRUCIBLE_LANGUAGE())
                     ? ts_parser_parse_string(parser, NULL, text, length)
                     : NULL;
  if (tree) {
    TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
    result = flatten(&cursor, depth_limit, nodes);
    ts_tree_cursor_delete(&cursor);
    ts_tree_delete(tree);
  }
  ts_parser_delete(parser);
  return result;
}
