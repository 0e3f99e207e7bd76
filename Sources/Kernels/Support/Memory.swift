internal import CKernels

/// Gives the memory that freed tensors left for reuse back to the system: after a model is closed,
/// before a process is measured.
public func releaseUnusedMemory() { ck_memory_trim() }
