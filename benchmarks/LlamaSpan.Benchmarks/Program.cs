using LlamaSpan.Benchmarks.Json;
using LlamaSpan.Benchmarks.Ratios;

return args switch
{
    ["json", .. string[] rest] => JsonBench.Run(rest),
    ["ratios", .. string[] rest] => RatioBench.Run(rest),
    [StepLoop.Verb, string model, string threads] => StepLoop.Run(model, int.Parse(threads)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: ./build.sh bench VERB [options]
          ratios                      LlamaSpan side by side with the native programs (ratios --help)
          json --data FILE.jsonl.gz   maskbench's procedure over a file of schemas and instances (json --help)
        """);
    return 2;
}
