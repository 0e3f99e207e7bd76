/// The program that looks at candidates and runs them, for `python3 -c`: Python 3.9 or later,
/// standard library only. A job comes as JSON on stdin.
///
/// `describe` reads candidates without running them: parameters of the function asked for, the
/// arguments of calls to it that the prompt and the docstrings show, or why there is none.
/// `run` loads one candidate and calls its function on each list of arguments; one line of JSON a
/// call, written as soon as it is known, so that a candidate that ends the process costs only
/// what comes after.
enum PythonDriver {
  static let text = #"""
    import ast, hashlib, itertools, json, os, random, re, signal, sys

    LONGEST = 20000   # characters of an outcome; of longer ones a hash is compared
    DEEPEST = 40
    MOST = 2000       # elements of an iterator that are looked at


    class TimeUp(BaseException):
        pass


    def find(tree, name):
        found = [n for n in tree.body
                 if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)) and n.name == name]
        return found[-1] if found else None


    def type_of(value):
        if value is None or isinstance(value, (bool, int, float, str)):
            return type(value).__name__
        if isinstance(value, (list, set, tuple)):
            kinds = sorted({type_of(v) for v in value})
            if isinstance(value, tuple):
                return "tuple[%s]" % ", ".join(type_of(v) for v in value)
            return "%s[%s]" % (type(value).__name__, kinds[0] if len(kinds) == 1 else "Any")
        if isinstance(value, dict):
            keys, values = {type_of(k) for k in value}, {type_of(v) for v in value.values()}
            one = lambda s: next(iter(s)) if len(s) == 1 else "Any"
            return "dict[%s, %s]" % (one(keys), one(values))
        return "Any"


    def calls(text, name):
        for match in re.finditer(r"(?<![\w.])%s\(" % re.escape(name), text):
            if text[:match.start()].rstrip().endswith("def"):
                continue
            for end in range(match.end(), min(len(text), match.end() + 400)):
                if text[end] != ")":
                    continue
                try:
                    call = ast.parse(text[match.start():end + 1], mode="eval").body
                    if not isinstance(call, ast.Call) or call.keywords:
                        continue
                    values = tuple(ast.literal_eval(a) for a in call.args)
                except (SyntaxError, ValueError, MemoryError, RecursionError, TypeError):
                    continue
                yield {"arguments": repr(values), "types": [type_of(v) for v in values]}
                break


    def functions(tree):
        return [n.name for n in tree.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]


    def describe(code, name, prompt):
        try:
            tree = ast.parse(code)
        except SyntaxError as error:
            return {"error": "no Python: %s (line %s)" % (error.msg, error.lineno)}
        except (ValueError, MemoryError, RecursionError) as error:
            return {"error": "no Python: %s" % type(error).__name__}
        if name is None:
            return {"functions": functions(tree)}
        function = find(tree, name)
        if function is None:
            return {"error": "does not define %s" % name, "functions": functions(tree)}
        given = function.args.posonlyargs + function.args.args
        required = len(given) - len(function.args.defaults)
        parameters = [{
            "name": a.arg,
            "type": ast.unparse(a.annotation) if a.annotation is not None else "",
            "optional": index >= required,
        } for index, a in enumerate(given)]
        shown = (ast.get_docstring(function) or "") + "\n" + prompt
        return {"parameters": parameters, "examples": list(itertools.islice(calls(shown, name), 20))}


    def readable(text):
        return text.encode("utf-8", "backslashreplace").decode("utf-8")


    def encode(value, depth=0):
        if depth > DEEPEST:
            return ["deep"]
        if value is None:
            return ["none"]
        if isinstance(value, bool):
            return ["number", float(value)]
        if isinstance(value, int):
            return ["number", float(value)] if abs(value) < 2 ** 53 else ["integer", hex(value)]
        if isinstance(value, float):
            if value != value or value in (float("inf"), float("-inf")):
                return ["special", str(value)]
            return ["number", value]
        if isinstance(value, str):
            return ["text", readable(value)]
        if isinstance(value, (bytes, bytearray)):
            return ["bytes", bytes(value).hex()]
        if isinstance(value, (list, tuple)):
            kind = "list" if isinstance(value, list) else "tuple"
            return [kind] + [encode(v, depth + 1) for v in value]
        if isinstance(value, (set, frozenset)):
            return ["set"] + sorted((encode(v, depth + 1) for v in value), key=json.dumps)
        if isinstance(value, dict):
            pairs = [[encode(k, depth + 1), encode(v, depth + 1)] for k, v in value.items()]
            return ["dict"] + sorted(pairs, key=lambda p: json.dumps(p[0]))
        if hasattr(value, "__next__"):
            items = itertools.islice(value, MOST)
            return ["iterator"] + [encode(v, depth + 1) for v in items]
        shown = re.sub(r" at 0x[0-9a-f]+", "", repr(value))
        return ["object", readable(type(value).__name__), readable(shown)]


    def bounded(value):
        code = encode(value)
        text = json.dumps(code)
        if len(text) <= LONGEST:
            return code
        return ["long", hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()]


    class Clock:
        """Processor time, so that a busy machine changes no outcome; and ten times that by the
        wall, for what only waits. Fires again and again: a candidate may catch it."""

        def __init__(self, seconds):
            self.seconds = seconds
            self.running = False
            for sign in (signal.SIGPROF, signal.SIGALRM):
                signal.signal(sign, self.ring)

        def ring(self, *_):
            if self.running:
                raise TimeUp()

        def __enter__(self):
            self.running = True
            signal.setitimer(signal.ITIMER_PROF, self.seconds, 0.05)
            signal.setitimer(signal.ITIMER_REAL, 10 * self.seconds, 0.05)

        def __exit__(self, *_):
            self.running = False  # a late signal must not hit the driver
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)


    def outcome(function, text, clock):
        try:
            arguments = ast.literal_eval(text)
        except (TypeError, ValueError, SyntaxError, MemoryError, RecursionError):
            return {"raises": "BadInput"}  # alike for all: it tells nobody apart
        before = bounded(arguments)
        random.seed(0)
        result = {}
        try:
            with clock:
                result["value"] = bounded(function(*arguments))
        except TimeUp:
            return {"timeout": True}
        except BaseException as error:
            result = {"raises": type(error).__name__}
        try:
            with clock:
                after = bounded(arguments)
        except BaseException:
            after = ["broken"]
        if after != before:
            result["arguments"] = after
        return result


    def run(job, write):
        write({"ready": True})
        clock = Clock(job["seconds"])
        random.seed(0)
        names = {"__name__": "candidate"}
        try:
            with clock:
                exec(compile(job["code"], "candidate", "exec"), names)
        except TimeUp:
            return write({"failed": "takes too long to load"})
        except BaseException as error:
            return write({"failed": "raises %s when it is loaded" % type(error).__name__})
        function = names.get(job["name"])
        if not callable(function):
            return write({"failed": "does not define %s" % job["name"]})
        write({"loaded": True})
        timeouts = 0
        for text in job["inputs"]:
            # Three are enough to know; every one more costs as long.
            result = outcome(function, text, clock) if timeouts < 3 else {"timeout": True}
            timeouts += 1 if "timeout" in result else 0
            write(result)


    def main():
        job = json.loads(sys.stdin.buffer.read().decode("utf-8"))
        results = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1):
            os.dup2(nothing, stream)
        sys.path[:] = [p for p in sys.path if p]
        sys.setrecursionlimit(2000)

        def write(value):
            results.write(json.dumps(value) + "\n")
            results.flush()

        if job["task"] == "describe":
            for code in job["codes"]:
                write(describe(code, job["name"], job["prompt"]))
        else:
            run(job, write)
        # Threads that a candidate left behind would hold the process.
        os._exit(0)


    main()
    """#
}
