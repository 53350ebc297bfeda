// Loads a model by packages alone, probed first; prints where the libraries lie and what the model says.
using LlamaSpan;
using LlamaSpan.Native;

using LlamaModel model = LlamaModel.Load(args[0], new ModelOptions { ProbeFirst = true });
using LlamaContext context = model.CreateContext(new ContextOptions { ContextSize = 256, Threads = 1, BatchThreads = 1 });
GenerationOptions greedy = new() { Sampling = SamplingOptions.Greedy, MaxTokens = 8 };
Console.WriteLine(NativeLibraries.Folder);
Console.WriteLine(new TextGenerator(context).Complete(model.Vocabulary.Tokenize(args[1]), greedy).Text);
