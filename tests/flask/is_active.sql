-- As an object mapper makes it: defaults are filled in by the program, not by the database.
CREATE TABLE users (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(80) NOT NULL,
    email VARCHAR(120) NOT NULL,
    password VARCHAR(60) NOT NULL,
    role VARCHAR(20),
    is_active BOOL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (email)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE login_attempts (
    id INTEGER NOT NULL AUTO_INCREMENT,
    user_email VARCHAR(120),
    was_successful BOOL,
    time DATETIME,
    PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO users VALUES
    (1, 'Ada Lovelace', 'Ada@Example.org', '$2b$04$abcdefghijklmnopqrstuuz6ILmcoaqlXHQLD/aijMCcOfDtyfGPi', 'student', 1, '2024-02-29 12:00:00'),
    (2, 'Bob', 'bob@example.org', '$2b$04$abcdefghijklmnopqrstuuwcne7IUkl1IW4bT2rt5CR9.vE0PdHnG', 'librarian', 0, '2024-03-01 12:00:00'),
    (7, 'Carol José', 'carol@example.org', '$2b$04$abcdefghijklmnopqrstuuCu65dQ/h4WipZJtNTHQB2K72cauQW7G', NULL, 1, '2024-03-02 12:00:00');
INSERT INTO login_attempts VALUES (1, 'Ada@Example.org', 1, '2024-03-03 12:00:00');
