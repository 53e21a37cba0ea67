/** The id of a round: 16 hexadecimal digits, drawn by whoever leads it. */
export type RoundId = string;
