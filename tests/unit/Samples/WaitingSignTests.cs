using System.Text;
using RagOverFolder;
using Xunit;

namespace LlamaSpan.UnitTests.Samples;

public sealed class WaitingSignTests
{
    [Fact]
    public void It_turns_until_it_is_stopped_and_leaves_nothing_behind()
    {
        using Screen screen = new();
        using (WaitingSign sign = new(screen))
        {
            Assert.True(SpinWait.SpinUntil(() => screen.Turns > 2, TimeSpan.FromSeconds(20)));
            Assert.Equal(1, screen.Line.Length);
            sign.Dispose();
            screen.Write("answer");
        }
        Assert.Equal("answer", screen.Line);
    }

    [Fact]
    public void What_is_done_at_once_shows_nothing()
    {
        using Screen screen = new();
        new WaitingSign(screen).Dispose();
        new WaitingSign(null).Dispose();
        Assert.Equal(0, screen.Turns);
        Assert.Equal("", screen.Line);
    }

    /// <summary>A line of a terminal: a backspace only moves the cursor.</summary>
    private sealed class Screen : TextWriter
    {
        private readonly StringBuilder _line = new();
        private int _cursor;
        private volatile int _turns;

        public override Encoding Encoding => Encoding.UTF8;

        /// <summary>Texts written.</summary>
        public int Turns => _turns;

        /// <summary>What stands there, without blanks at the end.</summary>
        public string Line
        {
            get
            {
                lock (_line)
                    return _line.ToString().TrimEnd();
            }
        }

        public override void Write(string? value)
        {
            lock (_line)
            {
                foreach (char letter in value ?? "")
                    Put(letter);
            }
            _turns++;
        }

        private void Put(char letter)
        {
            if (letter == '\b')
                _cursor--;
            else if (_cursor == _line.Length)
                (_, _cursor) = (_line.Append(letter), _cursor + 1);
            else
                _line[_cursor++] = letter;
        }
    }
}
