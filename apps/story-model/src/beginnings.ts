/** Three sets of beginnings with nothing in common: for the dictionary, for the search, for the measurement after it. */

export const DICTIONARY_BEGINNINGS = [
  "Once upon a time",
  "One day",
  "There was a little boy",
  "The dog",
  "Mom said",
  "In the park",
  "The sun was",
  "Tim and Sue",
  "She was so happy",
  "He wanted to",
  "A big bear",
  "The cat saw",
  "They went to the",
  "Sara had a",
  "The bird",
  "Every day",
  "Ben liked to",
  "It was a",
  "The little girl",
  "Dad and",
] as const;

export const TRAINING_BEGINNINGS = [
  "A little frog",
  "Anna and her brother",
  "There once was a",
  "In a small house",
  "Mia was sad",
  "The teacher told",
  "They played with",
  "The rabbit",
] as const;

export const HELD_OUT_BEGINNINGS = [
  "Lucy went to the",
  "The old man",
  "After lunch",
  "Sam found a",
  "The horse",
  "His friend",
  "On the farm",
  "At night",
] as const;
