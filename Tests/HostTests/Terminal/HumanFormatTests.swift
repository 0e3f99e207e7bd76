import Testing

@testable import Host

struct HumanFormatTests {
  @Test(arguments: [
    (0, "0 B"), (1023, "1023 B"), (1024, "1.00 KiB"), (1536, "1.50 KiB"),
    (1_048_575, "1.00 MiB"), (24_536_678, "23.4 MiB"), (-2048, "-2.00 KiB"),
    (Int64.max, "8.00 EiB"), (Int64.min, "-8.00 EiB"),
  ])
  func bytesCarryABinaryUnit(bytes: Int64, text: String) {
    #expect(HumanFormat.bytes(bytes) == text)
  }

  @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")])
  func countsAreGroupedByThousands(count: Int, text: String) {
    #expect(HumanFormat.count(count) == text)
  }

  @Test(arguments: [
    (0, "0"), (999, "999"), (1240, "1.24k"), (134_515_008, "135M"), (999_600, "1.00M"),
    (12.34, "12.3"), (-1500, "-1.50k"), (.infinity, "inf"),
  ])
  func shortCountsKeepThreeDigits(count: Double, text: String) {
    #expect(HumanFormat.short(count) == text)
  }

  @Test(arguments: [
    (0, "0 ms"), (0.85, "850 ms"), (0.9996, "1.0 s"), (4.2, "4.2 s"), (59.96, "1m 00s"),
    (185, "3m 05s"), (3599.6, "1h 00m"), (7620, "2h 07m"), (356_400, "4d 03h"), (.infinity, "?"),
    (-1, "?"),
  ])
  func durationsKeepTwoUnits(seconds: Double, text: String) {
    #expect(HumanFormat.duration(seconds) == text)
  }

  @Test(arguments: [
    (0.125, 2, "0.13"), (-0.001, 2, "0.00"), (-1.5, 1, "-1.5"), (12, 0, "12"), (1.05, 3, "1.050"),
  ])
  func fixedRoundsToItsPlaces(value: Double, places: Int, text: String) {
    #expect(HumanFormat.fixed(value, places) == text)
  }
}
