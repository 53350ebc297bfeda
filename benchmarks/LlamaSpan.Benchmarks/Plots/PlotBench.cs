using LlamaSpan.Benchmarks.Ratios;

namespace LlamaSpan.Benchmarks.Plots;

/// <summary><c>bench plots</c>: throughput over the number of requests, and time to the first token over the prompt's length.</summary>
internal static class PlotBench
{
    public static int Run(string[] args)
    {
        RatioOptions options;
        try
        {
            options = RatioOptions.Parse(args);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            Console.Error.WriteLine($"{e.Message}\nusage: ./build.sh bench plots [--model PATH] [--threads N] [--quick] [--dry-run]");
            return 2;
        }
        Machine machine = Machine.Current();
        foreach (Func<RatioOptions, Plot> measure in (Func<RatioOptions, Plot>[])[Throughput, FirstToken])
        {
            Plot plot = measure(options);
            foreach (Line line in plot.Picture.Lines)
                Console.WriteLine($"{plot.Name} {line.Name}: {string.Join(", ", line.Points.Select(point => FormattableString.Invariant($"{point.X} {point.Y:0.####}")))}");
            if (!options.DryRun)
                plot.Save(machine);
        }
        return 0;
    }

    private static Plot Throughput(RatioOptions options)
    {
        const int Prompt = 128;
        int repeats = options.Quick ? 1 : 3;
        List<(double, double)> own = [], peer = [];
        foreach (int requests in options.Quick ? (int[])[1, 2, 4, 8, 16] : [1, 2, 4, 8, 16, 32])
        {
            using BatchedEngine engine = new(options.Larger, options.Threads, requests, Prompt, CacheLayout.PerSequence);
            engine.TokensPerSecond();       // warms
            List<double> ours = [], theirs = [];
            for (int i = 0; i < repeats; i++)
            {
                ours.Add(engine.TokensPerSecond());
                theirs.Add(Math.Max(Peer(unified: true), Peer(unified: false)));
            }
            own.Add((requests, Series.MedianOf(ours)));
            peer.Add((requests, Series.MedianOf(theirs)));

            double Peer(bool unified) =>
                BatchedBench.Run(options.Larger, options.Threads, Prompt, BatchedEngine.Generate, requests, unified).GenerateSpeed;
        }
        return new Plot("throughput", new SvgPlot($"Requests at once, a buffer each, {options.Larger.Name}", "requests at once", "tokens a second",
            [new Line("LlamaSpan", own), new Line("llama-batched-bench", peer)]));
    }

    private static Plot FirstToken(RatioOptions options)
    {
        int[] lengths = options.Quick ? [256, 512, 1024, 2048] : [256, 512, 1024, 2048, 4096];
        using FirstTokens times = new(options.Larger, options.Threads, lengths[^1]);
        List<(double, double)> cold = [], prefix = [], chunk = [], disk = [];
        foreach (int length in lengths)
        {
            FirstTokens.Times seconds = times.Measure(length, options.Quick ? 1 : 3);
            cold.Add((length, seconds.Cold));
            prefix.Add((length, seconds.Prefix));
            chunk.Add((length, seconds.Chunk));
            disk.Add((length, seconds.Disk));
        }
        return new Plot("first-token", new SvgPlot($"Time to the first token, {options.Larger.Name}", "tokens of documents; a question of 48 behind", "seconds",
            [new Line("cold", cold), new Line("chunks moved", chunk), new Line("from disk", disk), new Line("prefix cached", prefix)], IsLogarithmic: true));
    }
}
