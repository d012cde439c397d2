-- The documented names; what schema.sql of the backend may look like.
CREATE TABLE users (
    user_id INT AUTO_INCREMENT PRIMARY KEY,
    full_name VARCHAR(100) NOT NULL,
    email VARCHAR(120) NOT NULL UNIQUE,
    password_hash VARCHAR(60) NOT NULL COMMENT 'bcrypt, `$2b$`',
    role ENUM('student', 'librarian', 'admin') NOT NULL DEFAULT 'student',
    status ENUM('active', 'inactive', 'suspended') NOT NULL DEFAULT 'active',
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
    KEY users_role (role)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
CREATE TABLE login_attempts (
    attempt_id INT AUTO_INCREMENT PRIMARY KEY,
    email VARCHAR(120) NOT NULL,
    ip_address VARCHAR(45),
    success BOOLEAN NOT NULL DEFAULT FALSE,
    attempted_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    KEY login_attempts_email (email, attempted_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
CREATE TABLE books (book_id INT AUTO_INCREMENT PRIMARY KEY, title VARCHAR(200) NOT NULL) ENGINE=InnoDB;
CREATE TABLE borrow_records (
    record_id INT AUTO_INCREMENT PRIMARY KEY,
    user_id INT NOT NULL,
    book_id INT NOT NULL,
    FOREIGN KEY (user_id) REFERENCES users (user_id),
    FOREIGN KEY (book_id) REFERENCES books (book_id)
) ENGINE=InnoDB;
INSERT INTO users (full_name, email, password_hash, role, status) VALUES
    ('Ada Lovelace', 'Ada@Example.org', '$2b$04$abcdefghijklmnopqrstuuz6ILmcoaqlXHQLD/aijMCcOfDtyfGPi', 'student', 'active'),
    ('Bob', 'bob@example.org', '$2b$04$abcdefghijklmnopqrstuuwcne7IUkl1IW4bT2rt5CR9.vE0PdHnG', 'librarian', 'suspended'),
    ('Carol José', 'carol@example.org', '$2b$04$abcdefghijklmnopqrstuuCu65dQ/h4WipZJtNTHQB2K72cauQW7G', 'admin', 'active');
INSERT INTO login_attempts (email, ip_address, success) VALUES ('Ada@Example.org', '192.0.2.7', TRUE);
INSERT INTO books (title) VALUES ('A book');
INSERT INTO borrow_records (user_id, book_id) VALUES (1, 1);
