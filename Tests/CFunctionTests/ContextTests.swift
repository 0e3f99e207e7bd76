import Foundation
import PluginAPI
import TestSupport
import Testing

@testable import CFunction

@Suite(.enabled(if: Compiler.c.isThere, "there is no C compiler (cc)"))
struct ContextTests {
  private static let source = """
    #include <stddef.h>
    #include <stdint.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    struct context { char config[64]; int64_t seed; int calls; };
    void *open_it(const char *config, int64_t seed) {
      struct context *c = calloc(1, sizeof *c);
      snprintf(c->config, sizeof c->config, "%s", config);
      c->seed = seed;
      return c;
    }
    double calls(struct context *c) { return ++c->calls + 1000.0 * c->seed; }
    double config_length(struct context *c) { return strlen(c->config); }
    void close_it(struct context *c) {
      FILE *f = fopen(c->config, "a");
      if (f) { fprintf(f, "%d", c->calls); fclose(f); }
      free(c);
    }
    void *no_memory(const char *config) { return NULL; }
    void *no_file(const uint8_t *config, size_t config_len, char *error, size_t error_len) {
      snprintf(error, error_len, "no file %s", config);
      return error;
    }
    """

  private let built: Built

  init() throws { built = try Built(Self.source) }

  @Test func oneContextForAllRowsAndItsEnd() throws {
    let log = "\(built.folder.path)/log"
    do {
      let reward = try built.reward(
        """
        {symbol: calls, signature: 'f64(ptr context)', init: open_it, destroy: close_it,
         init_signature: 'ptr(cstr config, i64 seed)', constants: {seed: 3}, config: \(log)}
        """)
      #expect(!FileManager.default.fileExists(atPath: log))
      #expect(try reward.said([row("p", "a"), row("p", "b")]) == ["3001.0", "3002.0"])
      #expect(try reward.said([row("p", "c")]) == ["3003.0"])
      #expect(!FileManager.default.fileExists(atPath: log), "it lives as long as the reward")
    }
    #expect(try String(contentsOfFile: log, encoding: .utf8) == "3", "destroyed once, at the end")
  }

  @Test func configIsTextOrJSON() throws {
    for (config, length) in [("abc", 3), ("{a: 1, b: [x]}", 17), ("~", 0)] {
      let reward = try built.reward(
        """
        {symbol: config_length, signature: 'f64(ptr context)', init: open_it,
         init_signature: 'ptr(cstr config, i64 seed)', constants: {seed: 1}, config: \(config)}
        """)
      #expect(try reward.said([row("p", "r")]) == ["\(Float(length))"])
    }
  }

  @Test func aContextThatCannotBeMadeStopsTheReward() throws {
    func problem(_ name: String, _ signature: String) throws -> String {
      let reward = try built.reward(
        """
        {symbol: calls, signature: 'f64(ptr context)', init: \(name),
         init_signature: '\(signature)', config: here}
        """)
      return #expect(throws: Problem.self) { try reward.judge([row("p", "r")]) }?.what ?? ""
    }
    #expect(
      try problem("no_memory", "ptr(cstr config)")
        == "'no_memory' made no context: it returned NULL")
    #expect(
      try problem("no_file", "ptr(bytes config, char* error, usize error_len)")
        == "'no_file' made no context: no file here")
  }

  @Test func identityFollowsWhateverChangesScores() throws {
    func identity(_ more: String) throws -> String {
      try built.reward(
        "{symbol: calls, signature: 'f64(ptr context)', init: open_it, \(more)"
          + "init_signature: 'ptr(cstr config, i64 seed)', constants: {seed: 1}}"
      ).identity
    }
    let plain = try identity("")
    #expect(try identity("config: a, ") != plain)
    #expect(try identity("") == plain)
    _ = try Compiler.c.library("my", Self.source + "int more;", in: built.folder.path)
    #expect(try identity("") != plain, "another build may score otherwise")
  }
}
