@_exported public import PluginAPI
