using System.Collections.Concurrent;
using System.Diagnostics;
using System.Numerics.Tensors;

namespace LlamaSpan;

public sealed partial class LlamaEngine
{
    private readonly Lock _embeddingGate = new();
    private EmbeddingLoop? _embedding;
    private ConcurrentQueue<RecordedTexts>? _recordedTexts;

    /// <summary>
    /// Embeds texts, several at once, on a second context that is made at the first use. Pooled as the model says, by the mean where it says
    /// nothing; of length 1.
    /// </summary>
    /// <param name="texts">Each at least one token, at most a micro-batch (<see cref="ContextOptions.MicroBatchSize"/>).</param>
    /// <param name="cancellationToken">Gives up on texts that have not begun.</param>
    /// <returns>For each text <see cref="LlamaModel.OutputEmbeddingSize"/> floats, and what they cost; nothing is ever cached.</returns>
    /// <exception cref="ArgumentException">A text has no token or too many.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is not in the vocabulary.</exception>
    /// <exception cref="NotSupportedException">The model ranks, it does not embed.</exception>
    /// <exception cref="ContextException">The second context could not be made.</exception>
    /// <exception cref="DecodeException">The computation failed.</exception>
    /// <exception cref="RequestException">The engine has stopped.</exception>
    public async Task<RequestResults<float[]>> EmbedAsync(IReadOnlyList<ReadOnlyMemory<LlamaToken>> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        EmbeddingLoop loop = Embedding();
        if (loop.Pooling == Pooling.Rank)
            throw new NotSupportedException($"{Model.Description} ranks texts; it has no embeddings.");
        RequestResults<float[]> embeddings = await Compute(loop, texts, nameof(texts), cancellationToken).ConfigureAwait(false);
        foreach (float[] embedding in embeddings)
            if (TensorPrimitives.Norm(embedding) is > 0 and float norm)
                TensorPrimitives.Divide(embedding, norm, embedding);
        return embeddings;
    }

    /// <summary>Scores how well documents answer a query, with a model made for that (a reranker).</summary>
    /// <param name="query">The query's text.</param>
    /// <param name="documents">The documents' texts; each with the query at most a micro-batch of tokens.</param>
    /// <param name="cancellationToken">Gives up on documents that have not begun.</param>
    /// <returns>For each document its score: the first output of the model's classification head, higher is better; and what they cost.</returns>
    /// <exception cref="ArgumentException">A document is null, or a pair has too many tokens.</exception>
    /// <exception cref="NotSupportedException">The model is no reranker.</exception>
    /// <exception cref="ContextException">The second context could not be made.</exception>
    /// <exception cref="DecodeException">The computation failed.</exception>
    /// <exception cref="RequestException">The engine has stopped.</exception>
    public async Task<RequestResults<float>> RankAsync(string query, IReadOnlyList<string> documents, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(documents);
        EmbeddingLoop loop = Embedding();
        if (loop.Pooling != Pooling.Rank)
            throw new NotSupportedException($"{Model.Description} is no reranker: its pooling is {loop.Pooling}.");
        ReadOnlyMemory<LlamaToken>[] pairs =
        [
            .. documents.Select((document, i) => (ReadOnlyMemory<LlamaToken>)Pair(
                query, document ?? throw new ArgumentException($"Document {i} of {documents.Count} is null.", nameof(documents)))),
        ];
        RequestResults<float[]> scores = await Compute(loop, pairs, nameof(documents), cancellationToken).ConfigureAwait(false);
        return new RequestResults<float>([.. scores.Select(score => score[0])], scores.Usage);
    }

    private async Task<RequestResults<float[]>> Compute(
        EmbeddingLoop loop, IReadOnlyList<ReadOnlyMemory<LlamaToken>> texts, string name, CancellationToken cancellationToken)
    {
        EmbeddingJob[] jobs = [.. texts.Select(text => new EmbeddingJob(text, cancellationToken))];
        for (int i = 0; i < jobs.Length; i++)
        {
            if (jobs[i].Tokens.Length == 0 || jobs[i].Tokens.Length > loop.LongestText)
                throw new ArgumentException($"Text {i} has {jobs[i].Tokens.Length} tokens; 1 to {loop.LongestText} are possible (ContextOptions.MicroBatchSize).", name);
            foreach (LlamaToken token in jobs[i].Tokens)
                _vocabulary.CheckToken(token);
        }
        Activity? activity = EngineMetrics.Begin(loop.Pooling == Pooling.Rank ? "llamaspan.rank" : "llamaspan.embed");
        Exception? failure = null;
        try
        {
            loop.Submit(jobs);
            float[][] outputs = await Task.WhenAll(jobs.Select(job => job.Output)).ConfigureAwait(false);
            return new RequestResults<float[]>(outputs, RequestUsage.Together(jobs.Select(job => job.Usage)));
        }
        catch (Exception error)
        {
            failure = error;
            throw;
        }
        finally
        {
            EngineMetrics.EndTexts(activity, jobs.Length, RequestUsage.Together(jobs.Select(job => job.Usage)), failure);
        }
    }

    /// <summary>A pair as llama.cpp's server makes it (format_prompt_rerank): the model's own template, else [BOS] query [EOS] [SEP] document [EOS].</summary>
    private LlamaToken[] Pair(string query, string document)
    {
        if (Model.Metadata.TryGetValue("tokenizer.chat_template.rerank", out string? template))
            return Fill(template, query, document);
        LlamaToken end = _vocabulary.Eos.Exists ? _vocabulary.Eos : _vocabulary.Separator;
        LlamaToken[] bos = _vocabulary.AddsBos && _vocabulary.Bos.Exists ? [_vocabulary.Bos] : [];
        LlamaToken[] eos = _vocabulary.AddsEos && end.Exists ? [end] : [];
        LlamaToken[] separator = _vocabulary.AddsSeparator && _vocabulary.Separator.Exists ? [_vocabulary.Separator] : [];
        return [.. bos, .. _vocabulary.Tokenize(query, addSpecial: false), .. eos, .. separator, .. _vocabulary.Tokenize(document, addSpecial: false), .. eos];
    }

    /// <summary>Special tokens are read in the template, not in what is filled in.</summary>
    private LlamaToken[] Fill(string template, string query, string document)
    {
        List<LlamaToken> tokens = [];
        while (template.Length > 0)
        {
            int place = template.IndexOf('{');
            (string name, string? value) = place < 0 ? ("", null)
                : template.AsSpan(place).StartsWith("{query}") ? ("{query}", query)
                : template.AsSpan(place).StartsWith("{document}") ? ("{document}", document)
                : ("{", "{");
            string front = place < 0 ? template : template[..place];
            tokens.AddRange(front.Length > 0 ? _vocabulary.Tokenize(front, addSpecial: false, parseSpecial: true) : []);
            tokens.AddRange(value is { Length: > 0 } ? _vocabulary.Tokenize(value, addSpecial: false) : []);
            template = template[(front.Length + name.Length)..];
        }
        return [.. tokens];
    }

    /// <summary>Writes down what is embedded or ranked from now on; gives what was written so far.</summary>
    private ConcurrentQueue<RecordedTexts>? RecordTexts(ConcurrentQueue<RecordedTexts>? into)
    {
        lock (_embeddingGate)
        {
            ConcurrentQueue<RecordedTexts>? before = _recordedTexts;
            _recordedTexts = into;
            _embedding?.Record(into);
            return before;
        }
    }

    internal EmbeddingLoop Embedding()
    {
        lock (_embeddingGate)
        {
            if (Volatile.Read(ref _disposed) != 0)
                throw new RequestException(RequestFailure.EngineStopped, "The engine was disposed.");
            if (_embedding is null)
            {
                _embedding = new EmbeddingLoop(TextEmbedder.Make(Model, Options.Context));
                _embedding.Record(_recordedTexts);
            }
            return _embedding;
        }
    }
}
