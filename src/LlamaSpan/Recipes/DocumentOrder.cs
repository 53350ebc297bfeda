using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace LlamaSpan;

/// <summary>
/// Remembers in which orders documents were asked about, and puts the next ones in an order that begins as one of those did, with as much
/// text as possible. It knows nothing of the cache: what was evicted meanwhile is computed, in whatever order. Safe to use from any thread.
/// </summary>
internal sealed class DocumentOrder
{
    internal const int MostNodes = 1 << 14;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Node> _roots = [];
    private int _nodes;

    /// <summary>How much it remembers.</summary>
    internal int Count => _nodes;

    private sealed class Node
    {
        internal Dictionary<UInt128, Node> Next { get; } = [];
    }

    /// <summary>Finds an order and remembers it.</summary>
    /// <param name="scope">Names what stands before the documents in the cache: orders are remembered apart for each.</param>
    /// <param name="documents">The documents.</param>
    /// <param name="reorder">False to remember the order that they have.</param>
    /// <returns>Indices of the documents.</returns>
    internal int[] Arrange(string scope, IReadOnlyList<string> documents, bool reorder)
    {
        UInt128[] keys = [.. documents.Select(document => XxHash128.HashToUInt128(MemoryMarshal.AsBytes(document.AsSpan())))];
        lock (_gate)
        {
            if (_nodes > MostNodes)
            {
                _roots.Clear();
                _nodes = 0;
            }
            if (!_roots.TryGetValue(scope, out Node? node))
            {
                _roots.Add(scope, node = new Node());
                _nodes++;
            }
            List<int> order = reorder ? LongestPath(node, documents, keys) : [];
            order.AddRange(Enumerable.Range(0, keys.Length).Except(order));
            Remember(node, order, keys);
            return [.. order];
        }
    }

    /// <summary>The remembered beginning that holds most text of the documents and no other.</summary>
    private static List<int> LongestPath(Node root, IReadOnlyList<string> documents, UInt128[] keys)
    {
        List<int> path = [], best = [];
        long length = 0, longest = 0;
        Search(root);
        return best;

        void Search(Node node)
        {
            if (length > longest)
                (longest, best) = (length, [.. path]);
            for (int i = 0; i < keys.Length; i++)
            {
                if (path.Contains(i) || HasEqualBefore(i) || !node.Next.TryGetValue(keys[i], out Node? next))
                    continue;
                path.Add(i);
                length += documents[i].Length;
                Search(next);
                length -= documents[i].Length;
                path.RemoveAt(path.Count - 1);
            }
        }

        // of documents with the same text the first that is free is as good as the others: all orders of them would be too many to try
        bool HasEqualBefore(int i)
        {
            for (int j = 0; j < i; j++)
                if (keys[j] == keys[i] && !path.Contains(j))
                    return true;
            return false;
        }
    }

    private void Remember(Node node, List<int> order, UInt128[] keys)
    {
        foreach (int i in order)
        {
            if (!node.Next.TryGetValue(keys[i], out Node? next))
            {
                node.Next.Add(keys[i], next = new Node());
                _nodes++;
            }
            node = next;
        }
    }
}
