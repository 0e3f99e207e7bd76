import Testing

@testable import Host

struct EventFileTests {
  private let event = TensorBoardEvent(
    wallTime: 1.5e9, step: 300,
    scalars: [.init(tag: "wrpo/loss", value: 0.25), .init(tag: "wrpo/grad_norm", value: .nan)])

  @Test func checksumsAreCastagnolis() {
    #expect(CRC32C.checksum("123456789".utf8) == 0xE306_9283)
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](0..<32)) == 0x46DD_794E)
    #expect(CRC32C.checksum([]) == 0)
  }

  @Test func writesTheBytesOfTheHeaderThatTensorBoardWrites() {
    let message = TensorBoardEvent.header(wallTime: 1).message
    let time: [UInt8] = [0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F]
    #expect(message == time + [0x10, 0, 0x1A, 13] + Array("brain.Event:2".utf8))
  }

  @Test func readsBackWhatItWrites() throws {
    let bytes = EventFile.frame(.header(wallTime: 2)) + EventFile.frame(event)
    let read = EventFile.events(bytes)
    try #require(read.count == 2)
    #expect(read[0] == .header(wallTime: 2))
    #expect(read[1].wallTime == 1.5e9 && read[1].step == 300)
    #expect(read[1].scalars.map(\.tag) == ["wrpo/loss", "wrpo/grad_norm"])
    #expect(read[1].scalars[0].value == 0.25 && read[1].scalars[1].value.isNaN)
  }

  @Test func stopsAtAnyDamage() {
    let header = EventFile.frame(.header(wallTime: 2))
    let bytes = header + EventFile.frame(event)
    for count in header.count..<bytes.count {
      #expect(EventFile.events(Array(bytes.prefix(count))).count == 1, "cut at \(count)")
      var damaged = bytes
      damaged[count] ^= 0x10
      #expect(EventFile.events(damaged).count == 1, "bit flipped at \(count)")
    }
  }

  @Test func passesOverMessagesOfOtherWriters() {
    let other: [UInt8] = [0x32, 1, 7, 0x10, 5, 0x2A, 200]
    #expect(TensorBoardEvent(message: other[...]).step == 5)
  }
}
