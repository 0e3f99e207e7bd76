import CSQLite
import Glibc
import Synchronization

/// An SQLite file system ("VFS") that fails the n-th change to any file, and every later one: to
/// the database it looks as if the disk went away in the middle of its work.
enum FaultySQLiteFiles {
  static let name = "crucible-faulty"

  /// Writes, truncations, syncs and deletions still to pass; negative: nothing fails.
  static let remaining = Atomic<Int>(-1)
  /// Whether a call has failed since `arm`.
  static let hasFailed = Atomic<Bool>(false)

  /// Lets `count` changes pass and fails those after them; nil lets all pass.
  static func arm(_ count: Int?) {
    _ = registered
    hasFailed.store(false, ordering: .sequentiallyConsistent)
    remaining.store(count ?? -1, ordering: .sequentiallyConsistent)
  }

  /// SQLITE_OK, or an error once the allowed changes are used up.
  fileprivate static func nextChange() -> Int32 {
    let left = remaining.load(ordering: .sequentiallyConsistent)
    if left < 0 { return SQLITE_OK }
    if left > 0 {
      remaining.store(left - 1, ordering: .sequentiallyConsistent)
      return SQLITE_OK
    }
    hasFailed.store(true, ordering: .sequentiallyConsistent)
    return SQLITE_IOERR | 3 << 8  // SQLITE_IOERR_WRITE
  }

  private static let registered: Bool = {
    guard let base = sqlite3_vfs_find(nil) else { return false }
    let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    vfs.initialize(to: base.pointee)
    vfs.pointee.pNext = nil
    vfs.pointee.zName = UnsafePointer(strdup(name))
    vfs.pointee.pAppData = UnsafeMutableRawPointer(base)
    vfs.pointee.szOsFile = base.pointee.szOsFile + Int32(headerBytes)
    vfs.pointee.xOpen = { vfs, path, file, flags, outFlags in
      guard let file, let base = realSystem(vfs) else { return SQLITE_CANTOPEN }
      let code = base.pointee.xOpen(base, path, real(file), flags, outFlags)
      file.pointee.pMethods = code == SQLITE_OK ? UnsafePointer(methods) : nil
      return code
    }
    vfs.pointee.xDelete = { vfs, path, sync in
      let fault = nextChange()
      guard fault == SQLITE_OK, let base = realSystem(vfs) else { return fault }
      return base.pointee.xDelete(base, path, sync)
    }
    return sqlite3_vfs_register(vfs, 0) == SQLITE_OK
  }()

  private nonisolated(unsafe) static let methods: UnsafeMutablePointer<sqlite3_io_methods> = {
    let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    var table = sqlite3_io_methods()
    table.iVersion = 2
    table.xClose = { real($0)!.pointee.pMethods.pointee.xClose(real($0)) }
    table.xRead = { real($0)!.pointee.pMethods.pointee.xRead(real($0), $1, $2, $3) }
    table.xWrite = {
      let fault = nextChange()
      // Half of the bytes still arrive, as when a machine stops.
      let count = fault == SQLITE_OK ? $2 : $2 / 2
      let code = real($0)!.pointee.pMethods.pointee.xWrite(real($0), $1, count, $3)
      return fault == SQLITE_OK ? code : fault
    }
    table.xTruncate = {
      let fault = nextChange()
      return fault == SQLITE_OK
        ? real($0)!.pointee.pMethods.pointee.xTruncate(real($0), $1) : fault
    }
    table.xSync = {
      let fault = nextChange()
      return fault == SQLITE_OK ? real($0)!.pointee.pMethods.pointee.xSync(real($0), $1) : fault
    }
    table.xFileSize = { real($0)!.pointee.pMethods.pointee.xFileSize(real($0), $1) }
    table.xLock = { real($0)!.pointee.pMethods.pointee.xLock(real($0), $1) }
    table.xUnlock = { real($0)!.pointee.pMethods.pointee.xUnlock(real($0), $1) }
    table.xCheckReservedLock = {
      real($0)!.pointee.pMethods.pointee.xCheckReservedLock(real($0), $1)
    }
    table.xFileControl = { real($0)!.pointee.pMethods.pointee.xFileControl(real($0), $1, $2) }
    table.xSectorSize = { real($0)!.pointee.pMethods.pointee.xSectorSize(real($0)) }
    table.xDeviceCharacteristics = {
      real($0)!.pointee.pMethods.pointee.xDeviceCharacteristics(real($0))
    }
    table.xShmMap = { real($0)!.pointee.pMethods.pointee.xShmMap(real($0), $1, $2, $3, $4) }
    table.xShmLock = { real($0)!.pointee.pMethods.pointee.xShmLock(real($0), $1, $2, $3) }
    table.xShmBarrier = { real($0)!.pointee.pMethods.pointee.xShmBarrier(real($0)) }
    table.xShmUnmap = { real($0)!.pointee.pMethods.pointee.xShmUnmap(real($0), $1) }
    methods.initialize(to: table)
    return methods
  }()
}

/// Bytes before the real file in the memory that SQLite gives us for one.
private let headerBytes = 16

private func real(_ file: UnsafeMutablePointer<sqlite3_file>?) -> UnsafeMutablePointer<
  sqlite3_file
>? {
  file.map {
    (UnsafeMutableRawPointer($0) + headerBytes).assumingMemoryBound(to: sqlite3_file.self)
  }
}

private func realSystem(_ vfs: UnsafeMutablePointer<sqlite3_vfs>?) -> UnsafeMutablePointer<
  sqlite3_vfs
>? {
  vfs?.pointee.pAppData?.assumingMemoryBound(to: sqlite3_vfs.self)
}
