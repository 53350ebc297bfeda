using Xunit;

namespace LlamaSpan.UnitTests.Recipes;

public class DocumentOrderTests
{
    private readonly DocumentOrder _order = new();

    [Fact]
    public void The_first_documents_keep_their_order() => Assert.Equal([0, 1, 2], Arrange("c", "a", "b"));

    [Fact]
    public void The_same_documents_come_in_the_order_of_before()
    {
        Arrange("c", "a", "b");
        Assert.Equal([2, 0, 1], Arrange("a", "b", "c"));
    }

    [Fact]
    public void Of_several_beginnings_the_one_with_most_text_is_taken()
    {
        Arrange("a", "b", "x");
        Arrange("c", "a long document", "y");
        Assert.Equal([2, 3, 0, 1], Arrange("a", "b", "c", "a long document"));
    }

    [Fact]
    public void A_beginning_with_another_document_within_is_of_no_use_behind_it()
    {
        Arrange("a", "x", "b");
        Assert.Equal([1, 0], Arrange("b", "a"));
        Assert.Equal([1, 0], Arrange("b", "a"));
    }

    [Fact]
    public void A_document_that_comes_twice_is_kept_twice()
    {
        Arrange("b", "a");
        Assert.Equal([1, 0, 2], Arrange("a", "b", "a"));
    }

    [Fact]
    public void Without_leave_the_order_stays_and_is_remembered()
    {
        Arrange("b", "a");
        Assert.Equal([0, 1, 2], _order.Arrange("s", ["a", "b", "c"], reorder: false));
        Assert.Equal([1, 2, 0], Arrange("c", "a", "b"));
    }

    [Fact]
    public void Other_scopes_do_not_count()
    {
        Arrange("b", "a");
        Assert.Equal([0, 1], _order.Arrange("t", ["a", "b"], reorder: true));
    }

    [Fact]
    public void What_it_remembers_is_bounded()
    {
        for (int i = 0; i < 20_000; i++)
            _order.Arrange($"{i}", ["a"], reorder: true);
        Arrange("b", "a");
        Assert.Equal([1, 0], Arrange("a", "b"));
        Assert.InRange(_order.Count, 2, DocumentOrder.MostNodes + 3);
    }

    private int[] Arrange(params string[] documents) => _order.Arrange("s", documents, reorder: true);

    [Fact]
    public void Many_documents_of_the_same_text_are_arranged_at_once()
    {
        string[] documents = [.. Enumerable.Repeat("the same", 100), "another"];
        Assert.Equal(documents.Length, _order.Arrange("", documents, reorder: false).Length);
        int[] order = _order.Arrange("", [.. documents.Reverse()], reorder: true);
        Assert.Equal([.. Enumerable.Range(1, 100), 0], order);
    }
}
