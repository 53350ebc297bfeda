using System.Text;
using System.Text.Json;
using LlamaSpan.TestSupport.Maskbench;

namespace LlamaSpan.Benchmarks.Json;

/// <summary>Compiles schemas and walks their instances token by token as maskbench does, timing each step.</summary>
/// <param name="tokens">The vocabulary.</param>
internal sealed class MaskPass(TokenTable tokens)
{
    /// <summary>One set of options for every schema: instances come in any property order, with ", " and ": ".</summary>
    public static readonly JsonGrammarOptions Options = new() { PropertyOrder = JsonPropertyOrder.Any };

    private readonly LlamaToken _end = tokens.EndOfGeneration.Span[0];

    /// <summary>Empties the process's caches, so that the next schema is met as by a fresh process.</summary>
    public void ForgetWhatOthersBrought() => JsonCaches.Clear(tokens);

    /// <summary>Masks: compute, test the token's bit, commit; and the verdict on the schema.</summary>
    public SchemaResult Masks(TokenizedSchema schema, Timings timings)
    {
        SchemaResult result = new(schema.Source.Name);
        JsonConstraint? constraint = Compile(schema.Source, result, timings);
        for (int i = 0; constraint is not null && i < schema.Tokens.Length; i++)
            try
            {
                constraint.Reset();
                Walk(constraint, schema, i, result, timings);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                result.Fault(Verdict.Broken, $"instance {i}: {Describe(e)}", true, true);
                break;
            }
        return result;
    }

    /// <summary>Checks: ask about the one token that comes, commit it; no mask is computed.</summary>
    public void Checks(TokenizedSchema schema, SchemaResult result, Timings timings)
    {
        JsonConstraint? constraint = Compile(schema.Source, new SchemaResult(schema.Source.Name), new Timings());
        if (constraint is null || result.Plain == Verdict.Broken)
            return;
        for (int i = 0; i < schema.Tokens.Length; i++)
        {
            constraint.Reset();
            int rejectedAt = CheckInstance(constraint, schema.Tokens[i], timings);
            if (rejectedAt != result.RejectedAt[i])
                result.Fault(Verdict.Broken, $"instance {i}: masks reject token {result.RejectedAt[i]}, checks token {rejectedAt} (-1: none)", true, true);
        }
    }

    private static int CheckInstance(JsonConstraint constraint, LlamaToken[] instance, Timings timings)
    {
        for (int i = 0; i < instance.Length; i++)
        {
            long start = ThreadClock.Now();
            bool allowed = constraint.IsAllowed(instance[i]);
            timings.Check.Add(ThreadClock.Elapsed(start, ThreadClock.Now()));
            if (!allowed)
                return i;
            constraint.Accept(instance[i]);
        }
        return -1;
    }

    /// <summary>Managed bytes allocated by walking the instances once more, everything they touch being cached.</summary>
    public void Repeat(TokenizedSchema schema, Timings timings)
    {
        JsonConstraint? constraint = Compile(schema.Source, new SchemaResult(schema.Source.Name), new Timings());
        if (constraint is null)
            return;
        for (int round = 0; round < 2; round++)
            foreach (LlamaToken[] instance in schema.Tokens)
            {
                constraint.Reset();
                long before = GC.GetAllocatedBytesForCurrentThread();
                int walked = 0;
                while (walked < instance.Length && Allows(constraint.AllowedMask(), instance[walked]))
                    constraint.Accept(instance[walked++]);
                if (round == 0)
                    continue;
                timings.RepeatBytes += GC.GetAllocatedBytesForCurrentThread() - before;
                timings.RepeatTokens += walked;
            }
    }

    private JsonConstraint? Compile(MaskbenchSchema schema, SchemaResult result, Timings timings)
    {
        long start = ThreadClock.Now();
        try
        {
            JsonGrammar grammar = JsonGrammar.FromSchema(schema.Schema, Options);
            JsonConstraint constraint = grammar.CreateConstraint(tokens);
            long elapsed = ThreadClock.Elapsed(start, ThreadClock.Now());
            timings.Compile.Add(elapsed);
            result.CompileMilliseconds = elapsed / 1e6;
            return constraint;
        }
        catch (GrammarException refusal)
        {
            result.CompileMilliseconds = ThreadClock.Elapsed(start, ThreadClock.Now()) / 1e6;
            result.Refuse(refusal);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            result.Fault(Verdict.Broken, $"compile: {Describe(e)}", true, true);
        }
        return null;
    }

    private void Walk(JsonConstraint constraint, TokenizedSchema schema, int index, SchemaResult result, Timings timings)
    {
        MaskbenchInstance instance = schema.Source.Instances[index];
        int position = 0, rejectedAt = -1;
        bool early = false;
        LlamaToken[] walked = schema.Tokens[index];
        for (int i = 0; i < walked.Length && rejectedAt < 0; i++)
        {
            long start = ThreadClock.Now();
            ReadOnlySpan<ulong> mask = constraint.AllowedMask();
            bool allowed = Allows(mask, walked[i]);
            long computed = ThreadClock.Now();
            early |= Allows(mask, _end) && !IsWholeJson(instance.Text.AsSpan(0, position));
            timings.Mask.Add(Slowest(result, ThreadClock.Elapsed(start, computed), index, i));
            if (!allowed)
            {
                rejectedAt = i;
                break;
            }
            long before = ThreadClock.Now();
            constraint.Accept(walked[i]);
            timings.Commit.Add(ThreadClock.Elapsed(before, ThreadClock.Now()));
            position += tokens[walked[i]].Length;
        }
        result.RejectedAt.Add(rejectedAt);
        bool complete = rejectedAt < 0 && constraint.IsComplete && Allows(constraint.AllowedMask(), _end);
        Judge(result, instance, index, rejectedAt, complete, position);
        if (early)
            result.Fault(Verdict.InvalidAccepted, $"instance {index}: end of sequence allowed before the end", false, true);
    }

    private static void Judge(SchemaResult result, MaskbenchInstance instance, int index, int rejectedAt, bool complete, int position)
    {
        string where = $"after {Tail(instance.Text.AsSpan(0, position))}";
        if (instance.Valid && rejectedAt >= 0)
            result.Fault(Verdict.ValidRejected,
                $"instance {index}: valid, rejected at token {rejectedAt} {where} before {Head(instance.Text.AsSpan(position))}", true, true);
        else if (instance.Valid && !complete)
            result.Fault(Verdict.ValidRejected, $"instance {index}: valid, but not complete at its end {where}", false, true);
        else if (!instance.Valid && rejectedAt < 0)
            result.Fault(Verdict.InvalidAccepted, $"instance {index}: invalid, every token accepted{(complete ? ", and complete" : "")} {where}", true, complete);
    }

    private static long Slowest(SchemaResult result, long nanoseconds, int instance, int token)
    {
        if (nanoseconds / 1e3 > result.SlowestMaskMicroseconds)
            (result.SlowestMaskMicroseconds, result.SlowestMaskAt) = (nanoseconds / 1e3, $"instance {instance} token {token}");
        return nanoseconds;
    }

    private static bool Allows(ReadOnlySpan<ulong> mask, LlamaToken token) => (mask[token.Id >> 6] >> (token.Id & 63) & 1) != 0;

    private static string Describe(Exception e) => $"{e.GetType().Name}: {e.Message} {e.StackTrace?.Split('\n')[0].Trim()}";

    private static bool IsWholeJson(ReadOnlySpan<byte> text)
    {
        try
        {
            Utf8JsonReader reader = new(text, new JsonReaderOptions { MaxDepth = 1000 });
            if (!reader.Read())
                return false;
            reader.Skip();
            return !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Tail(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text[Math.Max(0, text.Length - 60)..]);

    private static string Head(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text[..Math.Min(text.Length, 30)]);
}
