-- Words as people mean them: full-width equals half-width (NFKC), capitals equal small letters.
CREATE FUNCTION search_text(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT lower(CASE WHEN said IS NFKC NORMALIZED THEN said ELSE normalize(said, NFKC) END)
$$;

-- The same with ª between all characters, which no NFKC text contains. So the trigrams of it are
-- the single characters and the pairs of the text: words of one and two characters, the usual
-- ones in Chinese, are found by an index that could not see them otherwise.
CREATE FUNCTION word_keys(said text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
COST 1000 AS $$
BEGIN
  RETURN 'ª' || array_to_string(string_to_array(search_text(said), NULL), 'ª') || 'ª';
END $$;
