import Merging
import Testing
