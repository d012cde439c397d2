-- A collation that takes capitals for other letters let both in.
CREATE TABLE users (
    user_id INT AUTO_INCREMENT PRIMARY KEY,
    full_name VARCHAR(100) NOT NULL,
    email VARCHAR(120) NOT NULL UNIQUE,
    password_hash VARCHAR(60) NOT NULL,
    role VARCHAR(20) NOT NULL DEFAULT 'student',
    status VARCHAR(20) NOT NULL DEFAULT 'active'
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
INSERT INTO users (full_name, email, password_hash) VALUES
    ('Ada Lovelace', 'ada@example.org', '$2b$04$abcdefghijklmnopqrstuuz6ILmcoaqlXHQLD/aijMCcOfDtyfGPi'),
    ('Bob', 'bob@example.org', '$2b$04$abcdefghijklmnopqrstuuwcne7IUkl1IW4bT2rt5CR9.vE0PdHnG'),
    ('Ada Lovelace', ' Ada@Example.org', '$2b$04$abcdefghijklmnopqrstuuCu65dQ/h4WipZJtNTHQB2K72cauQW7G');
