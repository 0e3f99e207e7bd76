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
  if head.starts(with: "GGUF".utf8) { return "a GGUF file" }
  if head.starts(with: [0x50, 0x4B, 3, 4]) { return "a zip archive, such as a PyTorch pickle" }
  if head.starts(with: [0x80]), head.count > 1, head[1] <= 5 { return "a Python pickle" }
  if head.starts(with: [0x1F, 0x8B]) { return "a gzip archive" }
  if head.starts(with: [0x7F, 0x45, 0x4C, 0x46]) { return "a program (ELF)" }
  if head.starts(with: [0x89, 0x48, 0x44, 0x46]) { return "an HDF5 file" }
  if head.starts(with: "<!DOCTYPE".utf8) || head.starts(with: "<html".utf8) {
    return "a web page, perhaps an error message saved in its place"
  }
  if head.count > 8, head[8] == UInt8(ascii: "{"), head[7] == 0 { return "a safetensors file" }
  if head.first == UInt8(ascii: "{") { return "JSON" }
  return nil
}

/// How to turn a PyTorch pickle, which is never opened, into a file that is.
let pickleRecipe =
  "convert it where you trust it: python -c \"import torch, safetensors.torch as s; "
  + "s.save_file({k: v.contiguous() for k, v in "
  + "torch.load('pytorch_model.bin', weights_only=True).items()}, 'model.safetensors')\""
