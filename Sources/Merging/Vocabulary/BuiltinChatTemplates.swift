/// Chat formats that a configuration may call by name, written from the published description of
/// each. Templates end with a line break, as files do; where one ends with a block, that break is
/// not part of what it renders.
enum BuiltinChatTemplates {
  static let all: [(name: String, text: String)] = [
    ("alpaca", alpaca), ("chatml", chatML), ("exaone", exaone), ("llama3", llama3),
    ("mistral", mistral),
  ]

  static func named(_ name: String) -> String? { all.first { $0.name == name }?.text }

  /// Stanford Alpaca: sections under headings, a blank line between them, and the end token where
  /// a response ends. A system message stands in front of the sections.
  private static let alpaca = #"""
    {%- for message in messages %}
      {%- set content = message['content'] | trim %}
      {%- if message['role'] == 'system' %}
        {{- content + '\n\n' }}
      {%- elif message['role'] == 'user' %}
        {{- '### Instruction:\n' + content + '\n\n' }}
      {%- elif message['role'] == 'assistant' %}
        {{- '### Response:\n' + content + (eos_token if eos_token is defined else '') + '\n\n' }}
      {%- else %}
        {{- raise_exception('Alpaca knows the roles system, user and assistant') }}
      {%- endif %}
    {%- endfor %}
    {%- if add_generation_prompt %}
      {{- '### Response:\n' }}
    {%- endif %}

    """#

  /// ChatML: every message between two marks. The text that most models ship.
  private static let chatML =
    #"{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + "#
    + #"message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"# + "\n"
    + #"{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"# + "\n"

  /// EXAONE 3: roles in marks; turns of the system and the assistant end with `[|endofturn|]`,
  /// those of the user with a line break, and there always is a system turn.
  private static let exaone = #"""
    {%- if messages[0]['role'] != 'system' %}
      {{- '[|system|][|endofturn|]\n' }}
    {%- endif %}
    {%- for message in messages %}
      {{- '[|' + message['role'] + '|]' + message['content'] }}
      {{- '\n' if message['role'] == 'user' else '[|endofturn|]\n' }}
    {%- endfor %}
    {%- if add_generation_prompt %}
      {{- '[|assistant|]' }}
    {%- endif %}

    """#

  /// Llama 3: a header with the role, a blank line, the message, `<|eot_id|>`.
  private static let llama3 = #"""
    {{- bos_token }}
    {%- for message in messages %}
      {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' }}
      {{- message['content'] | trim + '<|eot_id|>' }}
    {%- endfor %}
    {%- if add_generation_prompt %}
      {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
    {%- endif %}

    """#

  /// Mistral Instruct: requests between `[INST]` and `[/INST]`, answers end with the end token. A
  /// system message goes in front of the first request.
  private static let mistral = #"""
    {%- set system = messages[0]['content'] + '\n\n' if messages[0]['role'] == 'system' else '' %}
    {%- set turns = messages[1:] if messages[0]['role'] == 'system' else messages %}
    {{- bos_token }}
    {%- for message in turns %}
      {%- if message['role'] != ('user' if loop.index0 % 2 == 0 else 'assistant') %}
        {{- raise_exception('Mistral takes user and assistant in turn, after one system message') }}
      {%- endif %}
      {%- if message['role'] == 'user' %}
        {{- '[INST] ' + (system if loop.first else '') + message['content'] + ' [/INST]' }}
      {%- else %}
        {{- ' ' + message['content'] + eos_token }}
      {%- endif %}
    {%- endfor %}

    """#
}
