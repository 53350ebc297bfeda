using System.Text;
using Xunit;

namespace LlamaSpan.IntegrationTests.Hostile;

/// <summary>Grammars for llama.cpp's own sampler, damaged in every way: an exception or a sampler that works, never the end of the process.</summary>
public sealed class HostileGbnfTests
{
    private static readonly string[] s_grammars =
    [
        "root ::= \"a\" [0-9]+ \"b\"",
        "root ::= (item \",\")* item?\nitem ::= \"x\" | \"y\"{2,3} | [^\"\\\\\\x7F\\x00-\\x1F]",
        "root ::= object\nvalue ::= object | string | \"null\"\nobject ::= \"{\" ( string \":\" value (\",\" string \":\" value)* )? \"}\"\nstring ::= \"\\\"\" [^\"]* \"\\\"\"",
        "root ::= a\na ::= b \"1\"\nb ::= a | \"\" # left recursion",
        "root ::= .* \"\\u00e9\" \"\\U0001F600\" [一-龠]+",
        "root ::= \"\" | root2\nroot2 ::= \"\"",
        "root ::= ((((\"a\"?)*)+)?){0,3}",
    ];

    [Fact]
    public void Damaged_grammars_are_refused_or_work()
    {
        var random = new Random(31);
        LlamaModel model = Pocket.Model;      // of few tokens: llama.cpp holds each against the grammar
        float[] logits = new float[model.Vocabulary.Size];
        int refused = 0, worked = 0, runs = TestRun.IsLong ? 6000 : 120;      // the 6,719th is legal, and llama.cpp's stacks for it grow without end
        for (int i = 0; i < runs; i++)
        {
            string gbnf = s_grammars[i % s_grammars.Length];
            for (int m = i < s_grammars.Length ? 0 : random.Next(1, 6); m > 0; m--)
                gbnf = Damage(gbnf, random);
            try
            {
                using NativeSampler sampler = NativeSampler.Create(model, NativeSamplerStep.Grammar(gbnf), NativeSamplerStep.Greedy());
                for (int t = 0; t < 3; t++)
                {
                    logits[random.Next(logits.Length)] = random.NextSingle() * 10;
                    LlamaToken token = sampler.Sample(logits);
                    if (model.Vocabulary.IsEndOfGeneration(token))
                        break;
                }
                worked++;
            }
            catch (LlamaException)
            {
                refused++;
            }
            catch (ArgumentException)
            {
                refused++;
            }
        }
        Assert.True(refused > runs / 10 && worked > runs / 20, $"{refused} refused, {worked} worked");
    }

    private static string Damage(string gbnf, Random random)
    {
        const string Inserted = "()[]{}|*+?\"\\^-.:=,0123456789abx \n\t#\u00e9";
        var text = new StringBuilder(gbnf);
        if (text.Length == 0)
            return "(";
        int at = random.Next(text.Length);
        switch (random.Next(5))
        {
            case 0 when text.Length > 1:
                text.Remove(at, random.Next(1, Math.Min(4, text.Length - at) + 1));
                break;
            case 1:
                text.Insert(at, Inserted[random.Next(Inserted.Length)]);
                break;
            case 2:
                text.Insert(at, gbnf.AsSpan(0, random.Next(gbnf.Length + 1)));
                break;
            case 3:
                text.Insert(at, new string(Inserted[random.Next(20)], random.Next(1, 200)));
                break;
            default:
                // hundreds of optional items one after another are legal, and take llama.cpp minutes
                text.Insert(at, $"{{{random.Next(5)},{(random.Next(2) == 0 ? random.Next(40) : random.Next(2001, 3000))}}}");
                break;
        }
        return text.ToString();
    }
}
