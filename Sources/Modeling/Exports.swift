@_exported public import Formats
@_exported public import Tokenizers
