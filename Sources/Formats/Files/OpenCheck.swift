public import Kernels

/// What `checkFile` found at a path.
public enum CheckedFile: Sendable {
  case safetensors(SafetensorsFile)
  case gguf(GGUFFile)
}

/// Opens the .safetensors or .gguf file at `path` with every check of its format. The kind is told
/// by the first bytes where the name does not tell it.
///
/// - Throws: `Problem`: 65 for a damaged file or one of another kind, 66 when it is missing.
public func checkFile(_ path: String) throws(Problem) -> CheckedFile {
  if path.hasSuffix(".safetensors") { return .safetensors(try SafetensorsFile(path: path)) }
  if path.hasSuffix(".gguf") { return .gguf(try checkedGGUF(path)) }
  let kind = try MappedFile(path: path).withBytes(guessedKind)
  switch kind {
  case "a GGUF file": return .gguf(try checkedGGUF(path))
  case "a safetensors file": return .safetensors(try SafetensorsFile(path: path))
  default:
    throw Problem(
      .badData, at: path, kind.map { "this looks like \($0)" } ?? "is of no kind known here",
      expected: "a .safetensors or .gguf file, or the folder of a model",
      hint: kind?.contains("pickle") == true ? pickleRecipe : nil)
  }
}

private func checkedGGUF(_ path: String) throws(Problem) -> GGUFFile {
  let file = try GGUFFile(path: path)
  try file.checkVocabulary()
  return file
}
