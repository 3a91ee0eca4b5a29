/** What there is to learn at the start; its rhythm and its few words make it easy. */
export const SAMPLE_TEXT = `The lamp in the window is small and round.
It burns all the night and it makes no sound.
The wind in the chimney is cold and thin,
and the moth at the window would like to come in.

The keeper walks up with a can of oil.
The water below him begins to boil,
for the tide has turned and the rocks are near,
and the ships far out have a course to steer.

One ship has salt and one ship has grain,
and one has a cargo of summer rain.
The captain of that one stands and sings
of the weight of clouds and of other things.

"Keep to the left," says the lamp on the hill.
"The rocks on the right have been hungry, and will
be hungry again when the moon is high.
Keep to the left and the stones stay dry."

The ship with the salt goes round to the bay.
The ship with the grain has a longer way.
The ship with the rain has no port at all:
it sails till it finds where the rain should fall.

The keeper comes down when the night is done.
He puts out the lamp and he greets the sun.
The moth on the window has folded its wings,
and over the water the captain sings.

The lamp in the window is cold and clear.
The tide has gone out and the rocks are here.
The wind in the chimney has lost its sound,
and the stones on the beach are dry and round.

The day is for sleeping, the day is for bread,
for counting the ships that are far ahead.
The night is for oil and the night is for light,
and the lamp in the window burns all the night.
`;
