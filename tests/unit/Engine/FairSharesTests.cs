using CsCheck;
using Xunit;

namespace LlamaSpan.UnitTests.Engine;

public class FairSharesTests
{
    [Fact]
    public void Namespaces_that_always_ask_get_equal_work_however_large_their_requests_are() =>
        Gen.Select(Gen.Int[1, 300].Array[2, 5], Gen.Int[0, 1000]).Sample((sizes, seed) =>
        {
            FairShares shares = new();
            Random random = new(seed);
            long[] given = new long[sizes.Length];
            long number = 0;
            for (int name = 0; name < sizes.Length; name++)
                for (int i = 0; i < 3; i++)
                    shares.Add(Request(name, ++number));
            for (int i = 0; i < 2000; i++)
            {
                EngineRequest next = shares.Next()!;
                int name = int.Parse(next.Options.Namespace), work = random.Next(1, sizes[name] + 1);
                shares.Remove(next);
                shares.Charge(next, work);
                given[name] += work;
                shares.Add(Request(name, ++number));
            }
            Assert.True(given.Max() - given.Min() <= 2 * sizes.Max(), string.Join(" ", given));
        }, iter: 100);

    [Fact]
    public void Within_a_namespace_and_between_those_that_were_given_nothing_rank_decides()
    {
        FairShares shares = new();
        foreach ((string name, long rank) in new[] { ("a", 5L), ("a", 3L), ("b", 4L), ("c", 1L) })
            shares.Add(Request(name, rank));
        List<long> order = [];
        while (shares.Next() is { } next)
        {
            order.Add(next.Rank);
            shares.Remove(next);
            shares.Charge(next, 0);
        }
        Assert.Equal([1, 3, 4, 5], order);
    }

    [Fact]
    public void A_namespace_gathers_no_credit_while_it_asks_for_nothing_and_one_that_had_to_stop_comes_first()
    {
        FairShares shares = new();
        for (int i = 0; i < 10; i++)
            Serve(shares, Request("busy", i), 100);
        shares.Add(Request("busy", 20));
        for (int i = 0; i < 4; i++)
            shares.Add(Request("idle", 30 + i));
        List<string> order = [];
        for (int i = 0; i < 4; i++)
        {
            EngineRequest next = shares.Next()!;
            order.Add(next.Options.Namespace);
            shares.Remove(next);
            shares.Charge(next, 60);
        }
        Assert.Equal(["idle", "idle", "busy", "idle"], order);      // not ten times
        EngineRequest stopped = Request("idle", 99);
        stopped.Preemptions = 1;
        shares.Remove(shares.Next()!);
        shares.Add(stopped);
        Assert.Same(stopped, shares.Next());
    }

    private static void Serve(FairShares shares, EngineRequest request, int work)
    {
        shares.Add(request);
        shares.Remove(request);
        shares.Charge(request, work);
    }

    private static EngineRequest Request(int name, long rank) => Request(name.ToString(), rank);

    private static WarmRequest Request(string name, long rank) =>
        new([new LlamaToken(1)], new RequestOptions { Namespace = name }, new TaskSink<int>(_ => 0), pin: false) { Rank = rank, Number = rank };
}
