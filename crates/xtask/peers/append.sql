\set seed random(1, 1000000000)
SELECT append(decode(repeat(md5(:seed::text), 16), 'hex'));
