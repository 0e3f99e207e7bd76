import Foreign
import PluginAPI

struct CFunctionOptions: PluginOptions {
  @Setting("Shared library, with a slash: ./libmy.so lies beside the recipe.")
  var library: LibraryPath?
  @Setting("Name of the function in it.") var symbol: String?
  @Setting("What it takes and returns: f64(cstr prompt, cstr response).")
  var signature: SignatureText?
  @Setting("Values that parameters of these names get: {penalty: 0.5}.") var constants: YAMLNode?
  @Setting("Function that makes the context, called once before the first score.")
  var `init`: String?
  @Setting("What 'init' takes; it returns ptr.")
  var initSignature = SignatureText("ptr(cstr config)")
  @Setting("What 'init' gets as 'config': a text, or anything else as JSON.")
  var config: YAMLNode?
  @Setting("Function that takes the context back at the end: void(ptr context).")
  var destroy: String?
  @Setting("SHA-256 of the library: any other is not opened.") var librarySha256: String?
  @Setting("Whether calls may overlap: only where the author says so.") var parallel = false
  @Setting("What one call of a batch function sees: any responses, or all of one prompt.")
  var scope = CallScope.response
}

enum CallScope: String, OptionChoice { case response, prompt }

/// A library named by a path, never by a bare name that the loader would look up.
struct LibraryPath: OptionValue {
  var path: String
  var place: String

  static let typeText = "a path with a slash"
  static let schema: JSON = ["type": "string", "pattern": "/"]
  var optionText: String { path }

  static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> LibraryPath {
    guard let text = node.string, !text.isEmpty, !text.utf8.contains(0) else {
      throw mismatch(node)
    }
    guard text.contains("/") else {
      throw Problem(
        .badConfiguration, at: node.place, "\(quoted(text)) has no slash",
        expected: "a path: names are not looked up in the system's folders",
        hint: "write ./\(text) for a file beside the recipe, or the whole path")
    }
    return LibraryPath(path: context.resolve(text), place: node.place)
  }
}

/// A signature as the recipe writes it, with its place there.
struct SignatureText: OptionValue {
  var text: String
  var mark: TextMark?
  private var isPlain = false

  init(_ text: String) { self.text = text }

  static let typeText = "a signature: RESULT(TYPE NAME, …)"
  static let schema: JSON = ["type": "string"]
  var optionText: String { text }

  static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> SignatureText {
    guard let scalar = node.scalar, !scalar.isNull else { throw mismatch(node) }
    var signature = SignatureText(scalar.text)
    signature.mark = node.mark
    signature.isPlain = scalar.isPlain
    return signature
  }

  /// `fault` at its line and column in the recipe; in a text of several lines, at its place there.
  func problem(_ fault: SignatureFault, key: String) -> Problem {
    var subject = quoted(key)
    var place = mark
    if text.contains("\n") {
      let before = text.unicodeScalars.prefix(fault.offset)
      let line = before.count { $0 == "\n" } + 1
      let column = before.reversed().prefix { $0 != "\n" }.count + 1
      subject += ", line \(line), column \(column)"
    } else {
      place?.column += fault.offset + (isPlain ? 0 : 1)
      subject += ", column \(fault.offset + 1)"
    }
    return Problem(
      .badConfiguration, at: place?.description, "\(subject): \(fault.what)",
      expected: fault.expected, hint: fault.hint)
  }

  /// Runs `body` with what the text says; its faults get their place.
  func read<Value>(
    key: String, _ body: (ForeignSignature) throws(SignatureFault) -> Value
  ) throws(Problem) -> Value {
    do throws(SignatureFault) {
      return try body(ForeignSignature(text))
    } catch {
      throw problem(error, key: key)
    }
  }
}
