// What integration tests run in a process of its own, published by Native AOT or not:
//   load [FOLDER]               loads the native libraries; prints their version and folder
//   import                      calls an import without loading first
//   generate MODEL COUNT TEXT   prints the tokens of a text and the COUNT that greedy decoding adds, one a line
//   log MODEL DAMAGED LEVEL     loads two models, one with weights that are no numbers, and fails to make a context; prints llama.cpp's
//                               log from LEVEL (or none) on; Throwing: to a sink that throws
//   hostile-text MODEL SEED N   tokenises N hostile texts (HostileText.cs); prints how many there were
//   fuzz MODEL SEED COUNT       makes and uses contexts at random (ContextFuzz.cs); prints each seed
//   grow WHAT PATH COUNT        prints the kilobytes by which the process grew (Leaks.cs)
// Exit code 3: the libraries were refused; the first line is the kind of failure, the others are the message.
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text;
using LlamaSpan;
using LlamaSpan.Native;
using Microsoft.Win32.SafeHandles;

try
{
    switch (args)
    {
        case ["load", .. var folder]:
            NativeLibraries.Load(folder.Length > 0 ? folder[0] : null);
            Console.WriteLine($"{Version()}\n{NativeLibraries.Folder}");
            return 0;
        case ["import"]:
            Console.WriteLine(Version());
            return 0;
        case ["generate", var model, var count, var text]:
            // not by Console, which readies a terminal first: the time from start to end is compared with a plain C program's
            using (Stream output = OpenOutput())
                output.Write(Encoding.ASCII.GetBytes(string.Concat(Generate(model, int.Parse(count), text).Select(token => $"{token.Id}\n"))));
            return 0;
        case ["log", var model, var damaged, var level]:
            if (Enum.TryParse(level, out NativeLogLevel minimum))
            {
                NativeLog.MinimumLevel = minimum;
                NativeLog.Sink = (severity, line) => Console.WriteLine($"{severity}: {line}");
            }
            else if (level == "Throwing")
            {
                NativeLog.MinimumLevel = NativeLogLevel.Debug;
                NativeLog.Sink = (_, line) => throw new InvalidOperationException(line);
            }
            Console.WriteLine(Refusals(model, damaged));
            return 0;
        case ["hostile-text", var model, var seed, var share]:
            Console.WriteLine(HostileText.Run(model, int.Parse(seed), int.Parse(share)));
            return 0;
        case ["fuzz", var model, var seed, var count]:
            ContextFuzz.Run(model, int.Parse(seed), int.Parse(count));
            return 0;
        case ["grow", var what, var path, var count]:
            Console.WriteLine(Leaks.Grow(what, path, int.Parse(count)));
            return 0;
        default:
            Console.Error.WriteLine("usage: load [FOLDER] | import | generate MODEL COUNT TEXT | log MODEL DAMAGED LEVEL | hostile-text MODEL SEED N | fuzz MODEL SEED COUNT | grow WHAT PATH COUNT");
            return 2;
    }
}
catch (NativeLibraryException failure)
{
    Console.WriteLine($"{failure.Reason}\n{failure.Message}");
    return 3;
}

static Stream OpenOutput() => OperatingSystem.IsWindows()
    ? Console.OpenStandardOutput()
    : new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);

static unsafe string Version() => Marshal.PtrToStringUTF8((nint)NativeMethods.llama_version())!;

static List<LlamaToken> Generate(string path, int count, string text)
{
    using LlamaModel model = LlamaModel.Load(path);
    using LlamaContext context = model.CreateContext(new ContextOptions { ContextSize = 512, Threads = 1, BatchThreads = 1 });
    List<LlamaToken> tokens = [.. model.Vocabulary.Tokenize(text)];
    int decoded = 0;
    for (int i = 0; i < count; i++)
    {
        context.Prefill(Sequence.Zero, CollectionsMarshal.AsSpan(tokens)[decoded..]);
        decoded = tokens.Count;
        tokens.Add(new LlamaToken(TensorPrimitives.IndexOfMax(context.Logits())));
    }
    return tokens;
}

// lines of the log that exceptions carry, of what llama.cpp logs errors about
static int Refusals(string path, string damaged)
{
    int lines = 0;
    new LlamaThreadPool(new ThreadPoolOptions { Threads = 2, Processors = [511] }).Dispose();     // there is none: a warning
    try
    {
        LlamaModel.Load(damaged, new ModelOptions { CheckTensors = true }).Dispose();
    }
    catch (ModelLoadException refusal)
    {
        lines += refusal.NativeLog.Count;
    }
    using LlamaModel model = LlamaModel.Load(path);
    try
    {
        // a quantized value cache without flash attention
        model.CreateContext(new ContextOptions { FlashAttention = FlashAttention.Off, ValueType = CacheType.Q8_0 }).Dispose();
    }
    catch (ContextException refusal)
    {
        lines += refusal.NativeLog.Count;
    }
    try
    {
        NativeSampler.Create(model, NativeSamplerStep.Grammar("root ::= ("), NativeSamplerStep.Greedy()).Dispose();
    }
    catch (GbnfException refusal)
    {
        lines += refusal.NativeLog.Count;
    }
    return lines;
}
