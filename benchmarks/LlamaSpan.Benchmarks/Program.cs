using LlamaSpan.Benchmarks.Json;
using LlamaSpan.Benchmarks.Micro;
using LlamaSpan.Benchmarks.Plots;
using LlamaSpan.Benchmarks.Ratios;
using LlamaSpan.Benchmarks.Repair;

return args switch
{
    ["json", .. string[] rest] => JsonBench.Run(rest),
    ["repair", .. string[] rest] => RepairBench.Run(rest),
    ["plots", .. string[] rest] => PlotBench.Run(rest),
    ["ratios", .. string[] rest] => RatioBench.Run(rest),
    [StepLoop.Verb, string model, string threads] => StepLoop.Run(model, int.Parse(threads)),
    [FreshProcess.Verb, string model, string threads, string length, string folder] => FreshProcess.Run(model, int.Parse(threads), int.Parse(length), folder),
    ["--help" or "-h" or "help"] => Usage(),
    _ => MicroBench.Run(args),
};

static int Usage()
{
    Console.WriteLine("""
        usage: ./build.sh bench [arguments]         micro-benchmarks; arguments go to BenchmarkDotNet: --filter '*Sampler*', --job short
               ./build.sh bench ratios [options]    LlamaSpan side by side with the native programs (ratios --help)
               ./build.sh bench plots [options]     throughput and times to the first token as pictures, beside the ratios
               ./build.sh bench json [options]      maskbench's procedure over a file of schemas and instances (json --help)
               ./build.sh bench repair [--results]  damaged JSON records restored without a model and with the pocket model
        """);
    return 0;
}
