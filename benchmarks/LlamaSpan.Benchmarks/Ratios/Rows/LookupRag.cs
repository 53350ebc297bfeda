namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>
/// Prompt lookup on answers that quote their documents: tokens a second over those without guesses, and how close that comes to what the
/// accepted guesses allow; and what the same guesses would bring one who knows beforehand how far each comes true. Not with random weights, whose loops accept everything.
/// </summary>
internal sealed class LookupRag : IRatio
{
    public string Name => "lookup.rag";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
        from model in options.Models.Where(model => !model.IsRandom)
        let open = (Func<QuotingAnswers>)(() => new QuotingAnswers(model, model == options.Pocket, options.Threads))
        from variant in (IEnumerable<RatioVariant>)
        [
            new($"{Name}.{model.Name}", "tok/s of answers that quote, with prompt lookup over without", Goal.AtLeast(1.6), () => new Speedup(open())),
            new($"{Name}.ceiling.{model.Name}", "that speedup over what accepted guesses allow at the measured cost of such decodes", Goal.AtLeast(0.85),
                () => new OfCeiling(open())),
            new($"{Name}.knowing.{model.Name}", "what such guesses would bring, were it known how far each comes true, at the measured cost of such decodes", Goal.AtLeast(1.6),
                () => new Knowing(open())),
        ]
        select variant;

    private sealed class Speedup(QuotingAnswers answers) : Pair
    {
        protected override double Numerator() => answers.Run(guess: true).Speed;

        protected override double Denominator() => answers.Run(guess: false).Speed;

        public override void Dispose() => answers.Dispose();
    }

    private sealed class OfCeiling(QuotingAnswers answers) : IMeasurement
    {
        public double Round(int round)
        {
            QuotingAnswers.Cost plain = answers.Run(guess: false), guessed = answers.Run(guess: true);
            return guessed.Speed / plain.Speed / answers.Ceiling(guessed);
        }

        public void Dispose() => answers.Dispose();
    }

    private sealed class Knowing(QuotingAnswers answers) : IMeasurement
    {
        public double Round(int round) => answers.KnowingSpeedup();

        public void Dispose() => answers.Dispose();
    }
}
