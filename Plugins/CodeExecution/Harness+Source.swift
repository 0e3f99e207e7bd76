extension Harness {
  /// What the child runs: `python3 -c SOURCE`. Python 3.6 or newer, standard library only.
  ///
  /// What keeps a program from passing by other means than being right:
  /// - tests are compiled before it runs, with builtins of their own, and modules that they import are
  ///   set back before each of them;
  /// - `assert a == b` with a plain value on one side refuses objects whose `==` the program wrote;
  /// - a name of the program that hides a builtin is not seen by tests of another of its names.
  static let source = #"""
    __builtins__ = dict(vars(__builtins__))
    import _ast, builtins, math, os, sys

    def fields():
        data = bytearray()
        while True:
            chunk = os.read(0, 1 << 16)
            if not chunk: break
            data += chunk
        found, at = [], 0
        while at < len(data):
            end = data.index(b"\n", at)
            size = int(data[at:end])
            found.append(data[end + 1:end + 1 + size].decode())
            at = end + 1 + size
        return found

    def nodes(tree):
        waiting = [tree]
        while waiting:
            node = waiting.pop()
            yield node
            for field in node._fields:
                value = getattr(node, field, None)
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, _ast.AST): waiting.append(child)

    def prepare(text, name):
        tree = compile(text, name, "exec", 0x400, True)
        names, imports = set(), []
        for node in nodes(tree):
            if isinstance(node, _ast.Name): names.add(node.id)
            elif isinstance(node, _ast.Import): imports += [item.name for item in node.names]
            elif isinstance(node, _ast.ImportFrom) and node.module: imports.append(node.module)
            elif isinstance(node, _ast.Assert): harden(node)
        return compile(tree, name, "exec", 0, True), names, imports

    def harden(node):
        test = node.test
        if not isinstance(test, _ast.Compare) or len(test.ops) != 1: return
        if not isinstance(test.ops[0], _ast.Eq): return
        name = _ast.Name(id="__crucible_same__", ctx=_ast.Load())
        call = _ast.Call(func=name, args=[test.left, test.comparators[0]], keywords=[])
        for made in (name, call):
            for place in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
                setattr(made, place, getattr(test, place, 1))
        node.test = call

    PLAIN = (int, float, complex, str, bytes, bool, type(None))
    BOXES = (list, tuple, set, frozenset)
    NATIVE = (type(object.__eq__), type(len), type(str.join))

    def every(value, holds):
        kind = type(value)
        if kind in PLAIN: return True
        if kind is dict: value = [part for item in value.items() for part in item]
        elif kind not in BOXES: return holds(kind)
        for part in value:
            if not every(part, holds): return False
        return True

    def comparer(space):
        def borrowed(kind):
            for base in kind.__mro__:
                equal = base.__dict__.get("__eq__")
                if equal is None: continue
                if type(equal) in NATIVE: return True
                return (type(equal) is type(comparer) and equal.__globals__ is not space
                        and equal.__module__ != "unittest.mock")
            return True
        def never(kind): return False
        def same(left, right):
            if not (left == right): return False
            if every(right, never): return every(left, borrowed)
            if every(left, never): return every(right, borrowed)
            return True
        return same

    def run(code, space):
        try: exec(code, space)
        except BaseException as error: return error

    def reporter(nonce, channel):
        write = os.write
        def report(subject, error=None):
            names, message = "ok", ""
            if error is not None:
                names = ",".join(["raised"] + [kind.__name__ for kind in type(error).__mro__])
                try: message = " ".join(str(error).split())[:200]
                except BaseException: message = "?"
            line = f"\n{nonce} {subject} {names} {message}\n"
            write(channel, line.encode("ascii", "replace"))
        return report

    def redirect():
        channel = os.dup(1)
        os.dup2(2, 1)
        null = os.open("/dev/null", os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        return channel

    def main():
        leave, modules = os._exit, sys.modules
        nonce, setup, program, *tests = fields()
        report = reporter(nonce, redirect())
        report("start")
        kept = dict(vars(builtins))
        module = type(sys)("solution")
        space = module.__dict__
        space["__builtins__"] = builtins
        modules["solution"] = modules["__main__"] = module
        sys.argv = ["solution.py"]
        try:
            prepared = [prepare(text, f"test{i}.py") for i, text in enumerate(tests)]
            setup = compile(setup, "setup.py", "exec", 0, True)
            for _, _, imports in prepared:
                for name in imports:
                    try: __import__(name)
                    except ImportError: pass
        except BaseException as error:
            report("tests", error)
            leave(0)
        error = run(setup, space)
        if error is not None:
            report("tests", error)
            leave(0)
        wanted = {"math"}.union(*[imports for _, _, imports in prepared])
        saved = [(vars(modules[name]), dict(vars(modules[name])))
                 for name in sorted(wanted) if name in modules]
        before = dict(space)
        same = comparer(space)
        try: code, error = compile(program, "solution.py", "exec", 0, True), None
        except BaseException as problem: error = problem
        if error is None: error = run(code, space)
        report("program", error)
        if error is not None: leave(0)
        for i, (code, names, _) in enumerate(prepared):
            for live, copy in saved: live.update(copy)
            scope = dict(space)
            own = {n for n in scope if n not in before or scope[n] is not before[n]}
            hiding = {n for n in own if n in kept}
            if names & (own - hiding):
                for n in hiding: del scope[n]
            scope.update(__builtins__=dict(kept), __name__="tests", __crucible_same__=same)
            report(i, run(code, scope))
        leave(0)

    main()
    """#
}
