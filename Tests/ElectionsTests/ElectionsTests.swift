import PluginAPI
import TestSupport
import Testing

@testable import Elections
