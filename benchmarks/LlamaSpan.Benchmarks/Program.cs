using LlamaSpan.Benchmarks.Json;

return args switch
{
    ["json", .. string[] rest] => JsonBench.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: ./build.sh bench VERB [options]
          json --data FILE.jsonl.gz   maskbench's procedure over a file of schemas and instances (json --help)
        """);
    return 2;
}
