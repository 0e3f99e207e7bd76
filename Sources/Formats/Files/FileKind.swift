internal import Kernels

/// The number of bytes that a Git LFS pointer stands for, nil when `bytes` are no pointer.
package func gitLFSPointer(_ bytes: UnsafeRawBufferPointer) -> Int? {
  let firstLine = "version https://git-lfs.github.com/spec/"
  guard bytes.count < 2048, bytes.starts(with: firstLine.utf8) else { return nil }
  let text = String(decoding: bytes, as: UTF8.self)
  let size = text.split(separator: "\n").first { $0.hasPrefix("size ") }
  return size.flatMap { Int($0.dropFirst(5)) } ?? 0
}

func pointerProblem(_ path: String, _ size: Int) -> Problem {
  Problem(
    .badData, at: path,
    "this is a Git LFS pointer; the \(size) bytes it stands for are missing",
    hint: "run 'git lfs pull' in its repository, or download the file itself")
}

/// What `bytes` look like when they are not what was wanted, for hints; nil when unknown.
func guessedKind(_ bytes: UnsafeRawBufferPointer) -> String? {
  let head = Array(bytes.prefix(16))
  if let (_, name) = foreignKinds.first(where: { head.starts(with: $0.magic) }) { return name }
  if head.count > 1, head[0] == 0x80, head[1] <= 5 { return "a Python pickle" }
  if head.starts(with: "<!DOCTYPE".utf8) || head.starts(with: "<html".utf8) {
    return "a web page, perhaps an error message saved in its place"
  }
  if head.count > 8, head[8] == UInt8(ascii: "{"), head[7] == 0 { return "a safetensors file" }
  if head.first == UInt8(ascii: "{") { return "JSON" }
  return nil
}

/// First bytes that leave no doubt.
private let foreignKinds: [(magic: [UInt8], name: String)] = [
  (Array("GGUF".utf8), "a GGUF file"),
  ([0x50, 0x4B, 3, 4], "a zip archive, such as a PyTorch pickle"),
  ([0x1F, 0x8B], "a gzip archive"),
  ([0x28, 0xB5, 0x2F, 0xFD], "a zstd archive"),
  ([0x7F, 0x45, 0x4C, 0x46], "a program (ELF)"),
  ([0x89, 0x48, 0x44, 0x46], "an HDF5 file"),
  (Array("PAR1".utf8), "a Parquet file"),
  (Array("ARROW1".utf8), "an Arrow file"),
  (Array("SQLite format 3".utf8), "an SQLite database"),
]

/// Why `bytes` are no JSON and how to make JSON Lines of them; nil when they may be JSON.
func foreignProblem(_ bytes: UnsafeRawBufferPointer, _ path: String) -> Problem? {
  guard let kind = guessedKind(bytes), kind != "JSON", !kind.hasPrefix("a web page") else {
    return nil
  }
  let recipes = [
    "a Parquet file": "python -c \"import pandas; pandas.read_parquet('IN.parquet')"
      + ".to_json('OUT.jsonl', orient='records', lines=True)\"",
    "an Arrow file": "python -c \"import datasets; datasets.Dataset.from_file('IN.arrow')"
      + ".to_json('OUT.jsonl')\"",
    "a gzip archive": "gunzip FILE.gz", "a zstd archive": "unzstd FILE.zst",
  ]
  return Problem(
    .badData, at: path, "this looks like \(kind)", expected: "JSON text",
    hint: recipes[kind].map { "convert it: \($0)" })
}

/// How to turn a PyTorch pickle, which is never opened, into a file that is.
let pickleRecipe =
  "convert it where you trust it: python -c \"import torch, safetensors.torch as s; "
  + "s.save_file({k: v.contiguous() for k, v in "
  + "torch.load('pytorch_model.bin', weights_only=True).items()}, 'model.safetensors')\""
